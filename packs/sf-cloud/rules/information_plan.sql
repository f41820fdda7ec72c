-- rule: information_plan
-- subject: exit
-- params: [purge_from]
-- reasons:
--   step_missing:
--     zh: 退出“{exit}”的信息处置方案没有规定 {level} 级数据的{step|choice:disposal_method.step}方法。请按数据级别补齐。
--     en: 'The disposal plan of exit "{exit}" has no method for data of grade {level}: {step|choice:disposal_method.step}. Add it.'
--   too_weak:
--     zh: 退出“{exit}”的信息处置方案对 {level} 级数据的清除只要求覆写，{:purge_from} 级及以上应至少净化或密码擦除：{method}。请改为更强的方法。
--     en: 'The disposal plan of exit "{exit}" asks no more than overwriting for data of grade {level}, where from grade {:purge_from} on at least purging or cryptographic erase is due: {method}. Choose a stronger method.'
--   none:
--     zh: 退出“{exit}”还没有信息资产的处置方案。请按数据级别制定转移、暂存、清除的方法和过程。
--     en: Exit "{exit}" has no disposal plan for information yet. Draw up methods and processes of transfer, holding and clearing by the grade of the data.
--   not_approved:
--     zh: 退出“{exit}”的信息处置方案《{plan}》还没有批准，或缺少编制人、批准人、日期或文本。请由编制人以外的人批准。
--     en: Disposal plan "{plan}" of exit "{exit}" is not approved, or lacks who prepared or approved it, when, or the text. Have someone other than its author approve it.
--   ahead:
--     zh: 退出“{exit}”的信息处置方案《{plan}》登记的批准日期还没有到。请核对。
--     en: Disposal plan "{plan}" of exit "{exit}" is said to be approved on a day that lies ahead. Check it.
--   not_graded:
--     zh: 退出“{exit}”的系统有数据没有定级，不能判断方案是否按级别制定：{asset}。请先定级。
--     en: 'Data of the system of exit "{exit}" are not graded, so whether the plan follows the grades cannot be told: {asset}. Grade them first.'
--   incomplete:
--     zh: 退出“{exit}”的信息处置方案有方法缺少过程、负责人或至少采用的清除方法：{method}。请补齐。
--     en: 'Methods in the disposal plan of exit "{exit}" lack the process, who is responsible or the least sanitising method: {method}. Complete them.'
--   planned:
--     zh: 退出“{exit}”的信息处置方案《{plan}》已批准，对各级数据规定了转移、暂存和清除的方法和过程。
--     en: Disposal plan "{plan}" of exit "{exit}" is approved and sets methods and processes of transfer, holding and clearing for every grade of data.
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, d.id AS deployment_id, d.system
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment
), plan AS MATERIALIZED (
    SELECT l.subject, p.id AS plan_id, p.title, p.approved_on,
           CASE WHEN p.state <> 'approved' OR p.prepared_by IS NULL OR p.approved_by IS NULL OR p.approved_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM disposal_plan_evidence v WHERE v.id = p.id) THEN 'not_approved'
                WHEN p.approved_on > yj_today() THEN 'ahead'
                ELSE 'planned' END AS reason
    FROM leaving l JOIN disposal_plan p ON p.exit = l.subject
    WHERE p.matter = 'information' AND p.state <> 'superseded'
      AND (p.state = 'approved' OR NOT EXISTS (SELECT 1 FROM disposal_plan q WHERE q.exit = l.subject
                                               AND q.matter = 'information' AND q.state = 'approved'))
), grade AS MATERIALIZED (
    SELECT DISTINCT l.subject, a.level
    FROM leaving l JOIN data_asset a ON a.system = l.system
    WHERE a.level IS NOT NULL AND a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM confirmation c JOIN confirmation_left_out k ON k.id = c.id
                      WHERE c.deployment = l.deployment_id AND c.state = 'confirmed' AND k.value = a.id
                        AND NOT EXISTS (SELECT 1 FROM confirmation n WHERE n.deployment = l.deployment_id
                                        AND n.state = 'confirmed' AND n.prepared_on > c.prepared_on))
), step AS (
    SELECT 'transfer' AS id UNION ALL SELECT 'hold' UNION ALL SELECT 'clear'
), found AS MATERIALIZED (
    SELECT g.subject, g.level, s.id AS step, m.id AS method_id, m.method,
           CASE WHEN m.id IS NULL THEN 'step_missing'
                WHEN m.process IS NULL OR m.responsible IS NULL OR (s.id = 'clear' AND m.sanitising IS NULL) THEN 'incomplete'
                WHEN s.id = 'clear' AND g.level >= :purge_from AND m.sanitising = 'clear' THEN 'too_weak'
                ELSE 'planned' END AS reason
    FROM grade g CROSS JOIN step s JOIN plan p ON p.subject = g.subject
         LEFT JOIN disposal_method m ON m.disposal_plan = p.plan_id AND m.step = s.id
              AND (m.level_text = 'all' OR m.level_text = 'l' || CAST(g.level AS TEXT))
), outcome AS (
    SELECT p.subject, p.reason, p.plan_id, CAST(NULL AS TEXT) AS method_id, CAST(NULL AS TEXT) AS method,
           CAST(NULL AS TEXT) AS level, CAST(NULL AS TEXT) AS step, CAST(NULL AS TEXT) AS asset
    FROM plan p
    UNION ALL
    SELECT f.subject, f.reason, NULL, f.method_id, f.method, CAST(f.level AS TEXT), f.step, NULL FROM found f WHERE f.reason <> 'planned'
    UNION ALL
    SELECT l.subject, 'none', NULL, NULL, NULL, NULL, NULL, NULL
    FROM leaving l WHERE NOT EXISTS (SELECT 1 FROM plan p WHERE p.subject = l.subject)
    UNION ALL
    SELECT l.subject, 'not_graded', NULL, NULL, NULL, NULL, NULL, a.name
    FROM leaving l JOIN data_asset a ON a.system = l.system
    WHERE a.level IS NULL AND a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM confirmation c JOIN confirmation_left_out k ON k.id = c.id
                      WHERE c.deployment = l.deployment_id AND c.state = 'confirmed' AND k.value = a.id
                        AND NOT EXISTS (SELECT 1 FROM confirmation n WHERE n.deployment = l.deployment_id
                                        AND n.state = 'confirmed' AND n.prepared_on > c.prepared_on))
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'planned' THEN 'met' WHEN o.reason IN ('step_missing', 'too_weak') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, CASE WHEN o.reason = 'ahead' THEN yj_add_days(p.approved_on, -1) END AS due,
       CASE WHEN o.method_id IS NOT NULL THEN 'disposal_method' WHEN o.plan_id IS NOT NULL THEN 'disposal_plan'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.method_id, o.plan_id, o.subject) AS proof,
       l.exit_title AS v_exit, p.title AS v_plan, o.method AS v_method, o.level AS v_level, o.step AS v_step, o.asset AS v_asset
FROM outcome o JOIN leaving l ON l.subject = o.subject LEFT JOIN plan p ON p.plan_id = o.plan_id
