-- rule: high_enough
-- subject: item
-- params: [min]
-- reasons:
--   enough: {zh: "“{title}”为{level}级。", en: "\"{title}\" has level {level}."}
--   too_low: {zh: "“{title}”为{level}级，低于{:min}级。", en: "\"{title}\" has level {level}, below {:min}."}
--   no_level: {zh: "“{title}”没有级别。", en: "\"{title}\" has no level."}
SELECT i.id AS subject,
       CASE WHEN i.level IS NULL THEN 'unknown' WHEN i.level >= :min THEN 'met' ELSE 'unmet' END AS status,
       CASE WHEN i.level IS NULL THEN 'no_level' WHEN i.level >= :min THEN 'enough' ELSE 'too_low' END AS reason,
       NULL AS due, 'item' AS proof_kind, i.id AS proof, i.title AS v_title, i.level AS v_level
FROM subject x JOIN item i ON i.id = x.id
