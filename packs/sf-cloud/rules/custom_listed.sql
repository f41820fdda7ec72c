-- rule: custom_listed
-- subject: exit
-- params: []
-- reasons:
--   not_listed:
--     zh: 退出“{exit}”按约定应移交的定制开发成果没有列入清单：{work} 的{part|choice:handover_item.code_part}。请列入，并注明所属定制开发和部分。
--     en: 'Customised work due at exit "{exit}" is not in the inventory: {work}, {part|choice:handover_item.code_part}. List it and name development and part.'
--   no_inventory:
--     zh: 退出“{exit}”还没有移交数据清单，按约定应移交的定制开发成果尚未列入：{work}。请编制清单。
--     en: 'Exit "{exit}" has no inventory yet, so customised work due is not listed: {work}. Draw it up.'
--   undecided:
--     zh: 退出“{exit}”的定制开发没有写明移交哪些部分：{work}。请先按约定登记。
--     en: 'For customised work of exit "{exit}" it is not entered which parts are handed over: {work}. Enter what was agreed first.'
--   none_entered:
--     zh: 退出“{exit}”没有登记定制开发，移交范围也没有说明程序代码是否存在。请登记，或在移交范围中判断没有程序代码。
--     en: No customised development is entered for exit "{exit}", and its scope does not say whether there is any program code. Enter it, or say in the scope that there is none.
--   nothing_due:
--     zh: 退出“{exit}”没有按约定应移交的定制开发成果，本条不适用。
--     en: No customised work is due at exit "{exit}"; the requirement does not apply.
--   listed:
--     zh: 退出“{exit}”按约定应移交的定制开发成果均已列入清单：{work}。
--     en: 'All customised work due at exit "{exit}" is in the inventory: {work}.'
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, e.deployment,
           CASE WHEN EXISTS (SELECT 1 FROM handover_inventory v WHERE v.exit = e.id AND v.state <> 'superseded')
                THEN 1 ELSE 0 END AS drawn
    FROM subject x JOIN exit e ON e.id = x.id
), due AS (
    SELECT l.subject, l.drawn, w.id AS work_id, w.name, p.id AS part,
           CASE p.id WHEN 'executable' THEN w.executables WHEN 'source' THEN w.source_code ELSE w.technical_material END AS decision
    FROM leaving l JOIN custom_development w ON w.deployment = l.deployment
         CROSS JOIN (SELECT 'executable' AS id UNION ALL SELECT 'source' UNION ALL SELECT 'technical') p
), listed AS MATERIALIZED (
    SELECT DISTINCT x.id AS subject, i.custom_development AS work_id, i.code_part AS part
    FROM subject x JOIN handover_inventory v ON v.exit = x.id JOIN handover_item i ON i.inventory = v.id
    WHERE v.state <> 'superseded'
), outcome AS (
    SELECT d.subject,
           CASE WHEN d.decision IS NULL THEN 'undecided'
                WHEN d.decision = 'not_handed_over' THEN 'nothing_due'
                WHEN d.drawn = 0 THEN 'no_inventory'
                WHEN NOT EXISTS (SELECT 1 FROM listed l WHERE l.subject = d.subject AND l.work_id = d.work_id AND l.part = d.part)
                THEN 'not_listed'
                ELSE 'listed' END AS reason,
           d.work_id, CAST(NULL AS TEXT) AS scope_id, d.name, d.part
    FROM due d
    UNION ALL
    SELECT l.subject, CASE WHEN s.id IS NULL THEN 'none_entered' ELSE 'nothing_due' END, NULL, s.id, NULL, NULL
    FROM leaving l LEFT JOIN handover_scope s ON s.exit = l.subject AND s.category = 'program_code' AND s.decision = 'none'
              AND s.reason IS NOT NULL AND s.confirmed_by IS NOT NULL
    WHERE NOT EXISTS (SELECT 1 FROM custom_development w WHERE w.deployment = l.deployment)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'listed' THEN 'met' WHEN o.reason = 'nothing_due' THEN 'not_applicable'
            WHEN o.reason = 'not_listed' THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.work_id IS NOT NULL THEN 'custom_development' WHEN o.scope_id IS NOT NULL THEN 'handover_scope'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.work_id, o.scope_id, o.subject) AS proof, l.exit_title AS v_exit, o.name AS v_work, o.part AS v_part
FROM outcome o JOIN leaving l ON l.subject = o.subject
