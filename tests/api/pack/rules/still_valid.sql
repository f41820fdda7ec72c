-- rule: still_valid
-- subject: item
-- reasons:
--   valid: {zh: "“{title}”有效期至{until}。", en: "\"{title}\" is valid until {until}."}
--   over: {zh: "“{title}”的有效期{until}已过。", en: "The validity of \"{title}\" ended on {until}."}
--   open: {zh: "“{title}”未填有效期。", en: "\"{title}\" has no end of validity."}
SELECT i.id AS subject,
       CASE WHEN i.valid_until IS NULL THEN 'unknown' WHEN i.valid_until >= yj_today() THEN 'met' ELSE 'unmet' END AS status,
       CASE WHEN i.valid_until IS NULL THEN 'open' WHEN i.valid_until >= yj_today() THEN 'valid' ELSE 'over' END AS reason,
       CASE WHEN i.valid_until >= yj_today() THEN i.valid_until ELSE NULL END AS due,
       'item' AS proof_kind, i.id AS proof, i.title AS v_title, i.valid_until AS v_until
FROM subject x JOIN item i ON i.id = x.id
