-- rule: vendor_home
-- subject: vendor
-- reasons:
--   abroad: {zh: "“{name}”不在境内。", en: "\"{name}\" is not inside the country."}
--   home: {zh: "“{name}”在境内。", en: "\"{name}\" is inside the country."}
--   open: {zh: "“{name}”未填国别。", en: "\"{name}\" names no country."}
SELECT v.id AS subject,
       CASE WHEN v.country IS NULL THEN 'unknown' WHEN v.country = 'cn' THEN 'met' ELSE 'unmet' END AS status,
       CASE WHEN v.country IS NULL THEN 'open' WHEN v.country = 'cn' THEN 'home' ELSE 'abroad' END AS reason,
       NULL AS due, 'vendor' AS proof_kind, v.id AS proof, v.name AS v_name
FROM subject x JOIN vendor v ON v.id = x.id
