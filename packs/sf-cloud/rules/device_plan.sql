-- rule: device_plan
-- subject: exit
-- params: []
-- reasons:
--   step_missing:
--     zh: 退出“{exit}”的设备处理方案没有规定：{step|choice:disposal_method.step}。请补齐。
--     en: 'The device disposal plan of exit "{exit}" has no method for: {step|choice:disposal_method.step}. Add it.'
--   none:
--     zh: 退出“{exit}”还没有设备处理方案。请根据规定和实际情况制定，包括重用、废弃和敏感信息清除的方法。
--     en: Exit "{exit}" has no disposal plan for devices yet. Draw it up from the rules and the situation, with methods of reuse, discarding and clearing of sensitive information.
--   not_approved:
--     zh: 退出“{exit}”的设备处理方案《{plan}》还没有批准，或缺少依据、编制人、批准人、日期或文本。请补齐，由编制人以外的人批准。
--     en: Device disposal plan "{plan}" of exit "{exit}" is not approved, or lacks what it rests on, who prepared or approved it, when, or the text. Complete it and have someone other than its author approve it.
--   ahead:
--     zh: 退出“{exit}”的设备处理方案《{plan}》登记的批准日期还没有到。请核对。
--     en: Device disposal plan "{plan}" of exit "{exit}" is said to be approved on a day that lies ahead. Check it.
--   incomplete:
--     zh: 退出“{exit}”的设备处理方案有方法缺少过程、负责人或至少采用的清除方法：{method}。请补齐。
--     en: 'Methods in the device disposal plan of exit "{exit}" lack the process, who is responsible or the least sanitising method: {method}. Complete them.'
--   no_devices:
--     zh: 退出“{exit}”经清点没有要迁移或废弃的硬件设备，本条不适用。
--     en: A count at exit "{exit}" found no device to be moved or discarded; the requirement does not apply.
--   planned:
--     zh: 退出“{exit}”的设备处理方案《{plan}》已批准，规定了重用、废弃和敏感信息清除的方法。
--     en: Device disposal plan "{plan}" of exit "{exit}" is approved, with methods of reuse, discarding and clearing of sensitive information.
WITH plan AS MATERIALIZED (
    SELECT x.id AS subject, p.id AS plan_id, p.title, p.approved_on,
           CASE WHEN p.state <> 'approved' OR p.basis IS NULL OR p.prepared_by IS NULL OR p.approved_by IS NULL OR p.approved_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM disposal_plan_evidence v WHERE v.id = p.id) THEN 'not_approved'
                WHEN p.approved_on > yj_today() THEN 'ahead'
                ELSE 'planned' END AS reason
    FROM subject x JOIN disposal_plan p ON p.exit = x.id
    WHERE p.matter = 'device' AND p.state <> 'superseded'
      AND (p.state = 'approved' OR NOT EXISTS (SELECT 1 FROM disposal_plan q WHERE q.exit = x.id
                                               AND q.matter = 'device' AND q.state = 'approved'))
), step AS (
    SELECT 'device_reuse' AS id UNION ALL SELECT 'device_discard' UNION ALL SELECT 'device_clear'
), wanted AS (
    SELECT p.subject, p.plan_id, s.id AS step FROM plan p CROSS JOIN step s
    UNION ALL
    SELECT p.subject, p.plan_id, 'device_migrate' FROM plan p
    WHERE EXISTS (SELECT 1 FROM device d WHERE d.exit = p.subject AND d.disposition = 'migrate')
), outcome AS (
    SELECT p.subject, p.reason, p.plan_id, CAST(NULL AS TEXT) AS method_id, CAST(NULL AS TEXT) AS method, CAST(NULL AS TEXT) AS step
    FROM plan p
    UNION ALL
    SELECT w.subject, CASE WHEN m.id IS NULL THEN 'step_missing' ELSE 'incomplete' END, NULL, m.id, m.method, w.step
    FROM wanted w LEFT JOIN disposal_method m ON m.disposal_plan = w.plan_id AND m.step = w.step
    WHERE m.id IS NULL OR m.process IS NULL OR m.responsible IS NULL
       OR (w.step <> 'device_migrate' AND m.sanitising IS NULL)
    UNION ALL
    SELECT x.id, CASE WHEN EXISTS (SELECT 1 FROM exit_count c WHERE c.exit = x.id AND c.matter = 'device' AND c.counted = 0
                                          AND c.confirmed_by IS NOT NULL) THEN 'no_devices' ELSE 'none' END, NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM plan p WHERE p.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'planned' THEN 'met' WHEN o.reason = 'no_devices' THEN 'not_applicable'
            WHEN o.reason = 'step_missing' THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason, CASE WHEN o.reason = 'ahead' THEN yj_add_days(p.approved_on, -1) END AS due,
       CASE WHEN o.method_id IS NOT NULL THEN 'disposal_method' WHEN o.plan_id IS NOT NULL THEN 'disposal_plan'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.method_id, o.plan_id, o.subject) AS proof,
       e.title AS v_exit, p.title AS v_plan, o.method AS v_method, o.step AS v_step
FROM outcome o JOIN exit e ON e.id = o.subject LEFT JOIN plan p ON p.plan_id = o.plan_id
