-- rule: zoned
-- subject: system
-- reasons:
--   zoned: {zh: "区域为{zone}", en: "The zone is {zone}"}
SELECT s.id AS subject, CASE WHEN s.zone IS NULL THEN 'unmet' ELSE 'met' END AS status, 'zoned' AS reason,
       NULL AS due, 'system' AS proof_kind, s.id AS proof, s.zone AS v_zone
FROM subject x JOIN system s ON s.id = x.id
