-- rule: exit_needs
-- subject: exit
-- params: [aspect, days]
-- reasons:
--   below_system:
--     zh: 退出“{exit}”对业务提出的要求低于系统“{system}”登记的目标：{need}。请按系统目标提高要求，或先由业务部门修改系统目标。
--     en: 'What is asked of the business during exit "{exit}" is weaker than the objective registered for system "{system}": {need}. Raise it to that objective, or have the business change the objective first.'
--   missed:
--     zh: 退出“{exit}”期间没有达到的业务要求（实测）：{need}。请查明原因、补救后重新测量，必要时暂停迁移。
--     en: 'Business needs not met during exit "{exit}", as measured: {need}. Find the cause, put it right and measure again; pause the migration if need be.'
--   none:
--     zh: 退出“{exit}”没有提出{:aspect|choice:exit_need.aspect}方面的业务要求。请由业务部门提出、信息技术部门确认，用数值登记。
--     en: 'No need of the business is stated for exit "{exit}" on this aspect: {:aspect|choice:exit_need.aspect}. Have the business state it and IT agree, and enter it as a figure.'
--   not_agreed:
--     zh: 退出“{exit}”的业务要求还没有由提出人和确认人共同确认：{need}。请补齐提出人、确认人和日期。
--     en: 'Needs of the business for exit "{exit}" lack who stated or who agreed them, or when: {need}. Complete them.'
--   not_begun:
--     zh: 退出“{exit}”没有登记启动日期，无法判断哪些测量属于退出期间。请填写启动日期。
--     en: Exit "{exit}" has no day on which it began, so which measurements count cannot be told. Enter the day.
--   ahead:
--     zh: 退出“{exit}”的测量日期还没有到：{need}。请核对日期。
--     en: 'Measurements of exit "{exit}" are dated after today: {need}. Check the dates.'
--   not_measured:
--     zh: 退出“{exit}”启动以来还没有测量：{need}。请测量或演练，并登记结果和证据。
--     en: 'Not measured since exit "{exit}" began: {need}. Measure or rehearse it and enter result and evidence.'
--   stale:
--     zh: 退出“{exit}”最近一次测量已超过 {:days} 天：{need}。请重新测量。
--     en: 'The last measurement for exit "{exit}" is more than {:days} days old: {need}. Measure again.'
--   no_evidence:
--     zh: 退出“{exit}”的测量没有测量人或证据：{need}。请补齐。
--     en: 'Measurements of exit "{exit}" lack who made them or evidence: {need}. Complete them.'
--   kept:
--     zh: 退出“{exit}”期间{:aspect|choice:exit_need.aspect}方面的业务要求均已达到（实测）：{need}。
--     en: 'The needs of the business on this aspect ({:aspect|choice:exit_need.aspect}) were met during exit "{exit}", as measured: {need}.'
WITH need AS (
    SELECT e.id AS subject, e.title AS exit_title, e.state, e.begun_on, s.name AS system, s.availability, s.rto_minutes,
           n.id AS need_id, n.title, n.bound, n.amount, n.unit, n.owner, n.agreed_by, n.agreed_on
    FROM subject x JOIN exit e ON e.id = x.id
         LEFT JOIN deployment d ON d.id = e.deployment LEFT JOIN system s ON s.id = d.system
         LEFT JOIN exit_need n ON n.exit = e.id AND n.aspect = :aspect
), judged AS MATERIALIZED (
    SELECT n.subject, n.exit_title, n.system, n.state, n.need_id, n.title, n.bound, n.amount, n.unit, o.id AS observation_id,
           o.period_to, o.amount AS measured,
           CASE WHEN n.need_id IS NULL THEN 'none'
                WHEN n.bound = 'at_least' AND n.unit = 'percent' AND :aspect = 'availability'
                     AND n.amount < n.availability THEN 'below_system'
                WHEN n.bound = 'at_most' AND :aspect = 'sustainability' AND n.unit IN ('minute', 'hour')
                     AND n.amount * CASE WHEN n.unit = 'hour' THEN 60 ELSE 1 END > n.rto_minutes * 1000
                THEN 'below_system'
                WHEN n.owner IS NULL OR n.agreed_by IS NULL OR n.agreed_on IS NULL THEN 'not_agreed'
                WHEN n.begun_on IS NULL THEN 'not_begun'
                WHEN o.id IS NULL THEN 'not_measured'
                WHEN o.period_to > yj_today() THEN 'ahead'
                WHEN n.bound = 'at_least' AND o.amount < n.amount THEN 'missed'
                WHEN n.bound = 'at_most' AND o.amount > n.amount THEN 'missed'
                WHEN o.observed_by IS NULL OR NOT EXISTS (SELECT 1 FROM exit_observation_evidence v WHERE v.id = o.id)
                THEN 'no_evidence'
                WHEN n.state <> 'completed' AND yj_add_days(o.period_to, :days) < yj_today() THEN 'stale'
                ELSE 'kept' END AS reason
    FROM need n LEFT JOIN exit_observation o ON o.exit_need = n.need_id AND o.period_to >= n.begun_on
         AND NOT EXISTS (SELECT 1 FROM exit_observation l WHERE l.exit_need = n.need_id AND l.period_to > o.period_to)
)
SELECT j.subject AS subject,
       CASE WHEN j.reason = 'kept' THEN 'met'
            WHEN j.reason IN ('below_system', 'missed') THEN 'unmet'
            ELSE 'unknown' END AS status,
       j.reason AS reason,
       CASE WHEN j.reason = 'kept' AND j.state <> 'completed' THEN yj_add_days(j.period_to, :days)
            WHEN j.reason = 'ahead' THEN yj_add_days(j.period_to, -1) END AS due,
       CASE WHEN j.observation_id IS NOT NULL THEN 'exit_observation'
            WHEN j.need_id IS NOT NULL THEN 'exit_need'
            ELSE 'exit' END AS proof_kind,
       coalesce(j.observation_id, j.need_id, j.subject) AS proof,
       j.exit_title AS v_exit, j.system AS v_system,
       j.title || CASE WHEN j.measured IS NULL THEN '' ELSE ' ' || CAST(j.measured / 1000 AS TEXT)
            || CASE WHEN j.measured % 1000 = 0 THEN '' WHEN j.measured % 100 = 0 THEN '.' || CAST(j.measured % 1000 / 100 AS TEXT)
                    WHEN j.measured % 10 = 0 THEN '.' || substr(CAST(100 + j.measured % 1000 / 10 AS TEXT), 2)
                    ELSE '.' || substr(CAST(1000 + j.measured % 1000 AS TEXT), 2) END END
       || CASE WHEN j.bound = 'at_most' THEN ' (<= ' ELSE ' (>= ' END || CAST(j.amount / 1000 AS TEXT)
            || CASE WHEN j.amount % 1000 = 0 THEN '' WHEN j.amount % 100 = 0 THEN '.' || CAST(j.amount % 1000 / 100 AS TEXT)
                    WHEN j.amount % 10 = 0 THEN '.' || substr(CAST(100 + j.amount % 1000 / 10 AS TEXT), 2)
                    ELSE '.' || substr(CAST(1000 + j.amount % 1000 AS TEXT), 2) END
       || CASE j.unit WHEN 'percent' THEN ' %)' WHEN 'minute' THEN ' min)' WHEN 'hour' THEN ' h)' ELSE ')' END AS v_need
FROM judged j
