-- rule: level
-- subject: [system, deployment]
-- params: [min, want]
-- reasons:
--   enough:
--     zh: 系统“{system}”为{level}级，要求{:min}级。
--     en: System "{system}" has level {level}, {:min} is asked.
--   below:
--     zh: 系统“{system}”模式为{model|choice:system.model}，要求{:want|choice:system.model}。
--     en: System "{system}" is of model {model|choice:system.model}, {:want|choice:system.model} is asked.
SELECT s.id AS subject,
       CASE WHEN s.level >= :min THEN 'met' ELSE 'unmet' END AS status,
       CASE WHEN s.level >= :min THEN 'enough' ELSE 'below' END AS reason,
       NULL AS due, 'system' AS proof_kind, s.id AS proof,
       s.title AS v_system, s.level AS v_level, s.model AS v_model
FROM subject x JOIN system s ON s.id = x.id
