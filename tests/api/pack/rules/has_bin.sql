-- rule: has_bin
-- subject: corner
-- reasons:
--   some: {zh: "“{name}”有{bins}个桶。", en: "\"{name}\" has {bins} bins."}
--   none: {zh: "“{name}”没有桶。", en: "\"{name}\" has no bin."}
--   unsaid: {zh: "“{name}”未填桶数。", en: "\"{name}\" does not say how many bins it has."}
SELECT c.id AS subject,
       CASE WHEN c.bins IS NULL THEN 'unknown' WHEN c.bins >= 1 THEN 'met' ELSE 'unmet' END AS status,
       CASE WHEN c.bins IS NULL THEN 'unsaid' WHEN c.bins >= 1 THEN 'some' ELSE 'none' END AS reason,
       NULL AS due, 'corner' AS proof_kind, c.id AS proof, c.name AS v_name, c.bins AS v_bins
FROM subject x JOIN corner c ON c.id = x.id
