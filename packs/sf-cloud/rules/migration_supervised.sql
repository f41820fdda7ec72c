-- rule: migration_supervised
-- subject: exit
-- params: [topics]
-- reasons:
--   problem_open:
--     zh: 退出“{exit}”的迁移监督发现的问题还没有解决：{migration}（{problem}）。请解决并登记日期，必要时暂停迁移。
--     en: 'Problems found while supervising the migration of exit "{exit}" are not solved: {migration} ({problem}). Solve them and enter the day; pause the migration if need be.'
--   not_watched:
--     zh: 退出“{exit}”的迁移进行期间没有监督记录：{migration}，{topic|choice:migration_supervision.topic}。进行中的请立即监督，已完成的请说明如何核查并报负责人。
--     en: 'There is no record of supervision while data and business of exit "{exit}" moved: {migration}, {topic|choice:migration_supervision.topic}. Supervise what is under way at once; for what is over, look into it afterwards and report.'
--   no_migration:
--     zh: 退出“{exit}”没有登记迁移。请登记迁移，并安排人员监督。
--     en: No migration is entered for exit "{exit}". Enter it and have people supervise it.
--   not_started:
--     zh: 退出“{exit}”的迁移还没有开始或没有登记开始日期：{migration}。
--     en: 'Migrations of exit "{exit}" have not begun, or no day is entered: {migration}.'
--   no_evidence:
--     zh: 退出“{exit}”的迁移监督记录没有证据：{migration}。请附上。
--     en: 'Records of supervising the migration of exit "{exit}" have no evidence: {migration}. Attach it.'
--   watched:
--     zh: 退出“{exit}”的迁移过程有监督记录，发现的问题均已解决：{migration}，{topic|choice:migration_supervision.topic}。
--     en: 'The migration of exit "{exit}" was supervised and what was found is solved: {migration}, {topic|choice:migration_supervision.topic}.'
WITH topic AS (
    SELECT 'data' AS id UNION ALL SELECT 'business'
), wanted AS (
    SELECT t.id FROM topic t WHERE ' ' || :topics || ' ' LIKE '% ' || t.id || ' %'
), move AS (
    SELECT x.id AS subject, m.id AS migration_id, m.title, m.state, m.started_on, m.completed_on
    FROM subject x JOIN migration m ON m.exit = x.id WHERE m.state <> 'aborted'
), watch AS MATERIALIZED (
    SELECT m.subject, m.migration_id, s.id AS supervision_id, s.topic, s.problem,
           CASE WHEN s.problem IS NOT NULL AND s.solved_on IS NULL THEN 'problem_open'
                WHEN NOT EXISTS (SELECT 1 FROM migration_supervision_evidence v WHERE v.id = s.id) THEN 'no_evidence'
                ELSE 'watched' END AS reason
    FROM move m JOIN migration_supervision s ON s.migration = m.migration_id JOIN wanted w ON w.id = s.topic
    WHERE s.observed_on >= m.started_on AND (m.completed_on IS NULL OR s.observed_on <= m.completed_on)
), outcome AS (
    SELECT w.subject, w.reason, w.migration_id, w.supervision_id, w.topic, w.problem FROM watch w
    UNION ALL
    SELECT m.subject,
           CASE WHEN m.state = 'planned' OR m.started_on IS NULL THEN 'not_started' ELSE 'not_watched' END,
           m.migration_id, NULL, t.id, NULL
    FROM move m CROSS JOIN wanted t
    WHERE NOT EXISTS (SELECT 1 FROM watch w WHERE w.migration_id = m.migration_id AND w.topic = t.id)
    UNION ALL
    SELECT x.id, 'no_migration', NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM move m WHERE m.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'watched' THEN 'met' WHEN o.reason IN ('problem_open', 'not_watched') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.supervision_id IS NOT NULL THEN 'migration_supervision' WHEN o.migration_id IS NOT NULL THEN 'migration'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.supervision_id, o.migration_id, o.subject) AS proof,
       e.title AS v_exit, m.title AS v_migration, o.topic AS v_topic, substr(o.problem, 1, 100) AS v_problem
FROM outcome o JOIN exit e ON e.id = o.subject LEFT JOIN move m ON m.migration_id = o.migration_id
