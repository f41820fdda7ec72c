-- rule: plan_objectives
-- subject: security_plan
-- params: []
-- reasons:
--   not_in_force:
--     zh: 安全方案“{plan}”依据的这些目标不是有效的云应用信息安全目标：{objective}。请改为依据现行目标，并相应修订方案。
--     en: 'These objectives on which security plan "{plan}" rests are no security objectives of cloud use in force: {objective}. Rest it on the present ones and revise it accordingly.'
--   incomplete:
--     zh: 安全方案“{plan}”没有编制人、适用范围或方案文本。请补齐。
--     en: Security plan "{plan}" lacks its author, its scope, or its text. Complete it.
--   none:
--     zh: 安全方案“{plan}”没有指明依据哪些云应用信息安全目标制定。请对照目标指明。
--     en: Security plan "{plan}" does not say from which security objectives of cloud use it is drawn up. Hold it against them and name them.
--   drawn_up:
--     zh: 安全方案“{plan}”依据有效的目标制定：{objective}。
--     en: 'Security plan "{plan}" is drawn up from objectives in force: {objective}.'
WITH aim AS MATERIALIZED (
    SELECT p.id AS subject, o.id AS objective_id, o.title,
           CASE WHEN o.type <> 'cloud' OR o.state <> 'in_force' THEN 'not_in_force' ELSE 'drawn_up' END AS reason
    FROM subject x JOIN security_plan p ON p.id = x.id JOIN security_plan_objectives v ON v.id = p.id
         JOIN objective o ON o.id = v.value
), outcome AS MATERIALIZED (
    SELECT a.subject, a.reason, a.objective_id, a.title FROM aim a
    UNION ALL
    SELECT p.id, CASE WHEN EXISTS (SELECT 1 FROM aim a WHERE a.subject = p.id) THEN 'incomplete' ELSE 'none' END, NULL, NULL
    FROM subject x JOIN security_plan p ON p.id = x.id
    WHERE NOT EXISTS (SELECT 1 FROM aim a WHERE a.subject = p.id) OR p.author IS NULL OR p.scope IS NULL
       OR NOT EXISTS (SELECT 1 FROM security_plan_evidence e WHERE e.id = p.id)
)
SELECT o.subject AS subject,
       CASE o.reason WHEN 'drawn_up' THEN 'met' WHEN 'not_in_force' THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.objective_id IS NULL THEN 'security_plan' ELSE 'objective' END AS proof_kind,
       coalesce(o.objective_id, o.subject) AS proof, p.title AS v_plan, o.title AS v_objective
FROM outcome o JOIN security_plan p ON p.id = o.subject
