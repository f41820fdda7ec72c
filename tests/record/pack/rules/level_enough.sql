-- rule: level_enough
-- subject: service
-- params: [min]
-- reasons:
--   too_low: {zh: "“{title}”为{level}级，低于{:min}级。", en: "\"{title}\" has level {level}, below {:min}."}
--   enough: {zh: "“{title}”为{level}级。", en: "\"{title}\" has level {level}."}
--   no_level: {zh: "“{title}”没有级别。", en: "\"{title}\" has no level."}
SELECT s.id AS subject,
       CASE WHEN s.level IS NULL THEN 'unknown' WHEN s.level >= :min THEN 'met' ELSE 'unmet' END AS status,
       CASE WHEN s.level IS NULL THEN 'no_level' WHEN s.level >= :min THEN 'enough' ELSE 'too_low' END AS reason,
       NULL AS due, 'service' AS proof_kind, s.id AS proof, s.title AS v_title, s.level AS v_level
FROM subject x JOIN service s ON s.id = x.id
