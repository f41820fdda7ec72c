-- rule: continuity_drilled
-- subject: deployment
-- params: [months]
-- reasons:
--   too_slow:
--     zh: 部署“{deployment}”在演练（{day}）中恢复用了 {took} 分钟，超过系统要求或受托方承诺的 {limit} 分钟。请要求受托方改进并重新演练。
--     en: In the drill of {day} deployment "{deployment}" took {took} minutes to recover, more than the {limit} minutes that the system needs or the provider promised. Have it improved and drill again.
--   too_old:
--     zh: 部署“{deployment}”在演练（{day}）中丢失了 {took} 分钟的数据，超过系统要求或受托方承诺的 {limit} 分钟。请要求受托方改进并重新演练。
--     en: In the drill of {day} deployment "{deployment}" lost {took} minutes of data, more than the {limit} minutes that the system needs or the provider promised. Have it improved and drill again.
--   overdue:
--     zh: 部署“{deployment}”最近一次恢复演练在 {day}，应不晚于 {until} 再演练。请与受托方安排。
--     en: Recovery of deployment "{deployment}" was last drilled on {day} and was due again by {until}. Arrange it with the provider.
--   never:
--     zh: 部署“{deployment}”没有恢复演练的结果，能否满足业务连续性要求没有依据。请与受托方演练，登记实际恢复时间和丢失数据时长。
--     en: No result of a recovery drill is entered for deployment "{deployment}", so nothing shows that continuity is met. Drill with the provider and enter how long recovery took and how much data was lost.
--   incomplete:
--     zh: 部署“{deployment}”的演练结果（{day}）没有填写实际恢复时间或丢失数据时长。请补填。
--     en: The drill result of deployment "{deployment}" ({day}) lacks the time recovery took or the data lost. Enter both.
--   no_need:
--     zh: 部署“{deployment}”的系统没有填写恢复时间目标或恢复点目标。请由业务部门确定后填写。
--     en: The recovery time or recovery point objective of the system of deployment "{deployment}" is not entered. Have the business department settle both and enter them.
--   in_future:
--     zh: 部署“{deployment}”的演练日期（{day}）晚于今天，请更正。
--     en: A drill of deployment "{deployment}" is dated after today ({day}). Correct it.
--   sustained:
--     zh: 部署“{deployment}”在演练（{day}）中的恢复时间和丢失数据时长都在系统要求和受托方承诺之内，应不晚于 {until} 再演练。
--     en: In the drill of {day} recovery time and data lost of deployment "{deployment}" stayed within what the system needs and the provider promised; again by {until}.
WITH placed AS (
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, d.contract, s.id AS system_id,
           s.rto_minutes AS need_time, s.rpo_minutes AS need_point
    FROM subject x JOIN deployment d ON d.id = x.id JOIN system s ON s.id = d.system
), promise AS MATERIALIZED (
    SELECT p.subject, p.deployment, p.need_time, p.need_point,
           (SELECT min(i.target_minutes) FROM sla a JOIN sla_indicator i ON i.sla = a.id
            WHERE a.contract = p.contract AND a.state = 'signed' AND i.type = 'recovery_time'
              AND (i.system IS NULL OR i.system = p.system_id)) AS says_time,
           (SELECT min(i.target_minutes) FROM sla a JOIN sla_indicator i ON i.sla = a.id
            WHERE a.contract = p.contract AND a.state = 'signed' AND i.type = 'recovery_point'
              AND (i.system IS NULL OR i.system = p.system_id)) AS says_point
    FROM placed p
), bound AS MATERIALIZED (
    SELECT q.subject, q.deployment, q.need_time, q.need_point,
           CASE WHEN q.says_time < q.need_time THEN q.says_time ELSE q.need_time END AS limit_time,
           CASE WHEN q.says_point < q.need_point THEN q.says_point ELSE q.need_point END AS limit_point
    FROM promise q
), held AS MATERIALIZED (
    SELECT b.subject, v.id AS result_id, r.held_on, v.recovery_minutes, v.data_loss_minutes,
           r.confirmed_on AS start
    FROM bound b JOIN drill_result v ON v.deployment = b.subject JOIN drill r ON r.id = v.drill
    WHERE r.state = 'confirmed' AND r.held_on IS NOT NULL AND r.confirmed_by IS NOT NULL AND r.confirmed_on IS NOT NULL
), last AS MATERIALIZED (
    SELECT h.subject, max(h.held_on) AS day FROM held h WHERE h.start <= yj_today() GROUP BY h.subject
), outcome AS (
    SELECT b.subject, 'no_need' AS reason, CAST(NULL AS TEXT) AS result_id, CAST(NULL AS TEXT) AS day,
           CAST(NULL AS INTEGER) AS took, CAST(NULL AS INTEGER) AS bar
    FROM bound b WHERE b.need_time IS NULL OR b.need_point IS NULL
    UNION ALL
    SELECT b.subject, 'never', NULL, NULL, NULL, NULL
    FROM bound b WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = b.subject)
    UNION ALL
    SELECT h.subject, 'in_future', h.result_id, h.start, NULL, NULL FROM held h WHERE h.start > yj_today()
    UNION ALL
    SELECT h.subject,
           CASE WHEN h.recovery_minutes > b.limit_time THEN 'too_slow'
                WHEN h.data_loss_minutes > b.limit_point THEN 'too_old'
                WHEN h.recovery_minutes IS NULL OR h.data_loss_minutes IS NULL THEN 'incomplete'
                WHEN yj_add_months(h.held_on, :months) < yj_today() THEN 'overdue'
                ELSE 'sustained' END,
           h.result_id, h.held_on,
           CASE WHEN h.recovery_minutes > b.limit_time THEN h.recovery_minutes ELSE h.data_loss_minutes END,
           CASE WHEN h.recovery_minutes > b.limit_time THEN b.limit_time ELSE b.limit_point END
    FROM held h JOIN last t ON t.subject = h.subject AND t.day = h.held_on JOIN bound b ON b.subject = h.subject
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'sustained' THEN 'met'
            WHEN o.reason IN ('too_slow', 'too_old', 'overdue') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason IN ('sustained', 'incomplete') AND yj_add_months(o.day, :months) >= yj_today()
            THEN yj_add_months(o.day, :months)
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.result_id IS NULL THEN 'deployment' ELSE 'drill_result' END AS proof_kind,
       coalesce(o.result_id, o.subject) AS proof,
       b.deployment AS v_deployment, o.day AS v_day, yj_add_months(o.day, :months) AS v_until, o.took AS v_took,
       o.bar AS v_limit
FROM outcome o JOIN bound b ON b.subject = o.subject
