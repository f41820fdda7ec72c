-- rule: objective_agrees
-- subject: institution
-- params: [type]
-- reach: institution
-- reasons:
--   weaker:
--     zh: 云应用目标比它支持的{:type|choice:objective.type}宽松：{pair}。请收紧云应用目标，或重新批准上级目标。
--     en: 'Objectives of cloud use are looser than those they serve ({:type|choice:objective.type}): {pair}. Tighten them, or have the other objective decided anew.'
--   contrary:
--     zh: 云应用目标与它支持的{:type|choice:objective.type}指标相同而界限方向相反，无法比较：{pair}。请更正。
--     en: 'Objectives of cloud use have the same measure as those they serve ({:type|choice:objective.type}) but the bound goes the other way, so they cannot be compared: {pair}. Correct them.'
--   not_in_force:
--     zh: 这些云应用目标所支持的{:type|choice:objective.type}没有生效或已终止：{objective}。请改为支持有效的目标。
--     en: 'What these objectives of cloud use serve ({:type|choice:objective.type}) is not in force: {objective}. Tie them to objectives in force.'
--   unlinked:
--     zh: 这些云应用目标没有指明支持哪项{:type|choice:objective.type}：{objective}。请对照后指明，确与之无关的重新考虑该目标。
--     en: 'These objectives of cloud use do not say what they serve ({:type|choice:objective.type}): {objective}. Hold them against it and name it; an objective that serves none should be thought over.'
--   none:
--     zh: 没有有效的云应用信息安全目标，无从比较。请先确定。
--     en: No security objective of cloud use is in force, so nothing can be compared. Determine one first.
--   agrees:
--     zh: 云应用目标都支持有效的{:type|choice:objective.type}，指标相同的不宽于它：{pair}。
--     en: 'Every objective of cloud use serves one in force ({:type|choice:objective.type}) and, where the measure is the same, is no looser: {pair}.'
WITH aim AS MATERIALIZED (
    SELECT x.id AS subject, o.id AS objective_id, o.title, o.metric, o.bound, o.amount
    FROM subject x JOIN objective o ON o.type = 'cloud' AND o.state = 'in_force'
), pair AS MATERIALIZED (
    SELECT a.subject, a.objective_id, a.title, a.title || ' -> ' || t.title AS pair, t.state,
           CASE WHEN t.state <> 'in_force' THEN 'not_in_force'
                WHEN t.metric IS NULL OR a.metric IS NULL OR t.metric <> a.metric OR t.metric = 'other'
                     OR t.amount IS NULL OR a.amount IS NULL OR t.bound IS NULL OR a.bound IS NULL THEN 'agrees'
                WHEN t.bound <> a.bound THEN 'contrary'
                WHEN t.bound = 'at_most' AND a.amount > t.amount THEN 'weaker'
                WHEN t.bound = 'at_least' AND a.amount < t.amount THEN 'weaker'
                ELSE 'agrees' END AS reason
    FROM aim a JOIN objective_supports v ON v.id = a.objective_id JOIN objective t ON t.id = v.value
    WHERE t.type = :type
)
SELECT p.subject AS subject, CASE WHEN p.reason = 'agrees' THEN 'met' ELSE 'unmet' END AS status, p.reason AS reason,
       NULL AS due, 'objective' AS proof_kind, p.objective_id AS proof, p.pair AS v_pair, p.title AS v_objective
FROM pair p
WHERE p.state = 'in_force'
   OR NOT EXISTS (SELECT 1 FROM pair q WHERE q.objective_id = p.objective_id AND q.subject = p.subject AND q.state = 'in_force')
UNION ALL
SELECT a.subject, 'unmet', 'unlinked', NULL, 'objective', a.objective_id, NULL, a.title
FROM aim a WHERE NOT EXISTS (SELECT 1 FROM pair p WHERE p.objective_id = a.objective_id AND p.subject = a.subject)
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM aim a WHERE a.subject = x.id)
