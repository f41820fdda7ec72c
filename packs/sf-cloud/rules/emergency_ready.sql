-- rule: emergency_ready
-- subject: platform
-- params: [months]
-- reach: institution
-- reasons:
--   no_plan:
--     zh: 平台“{platform}”没有施行中的应急管理方案（须已批准、附正文、涵盖平台故障和受托方退出，且未过评审期限）。请制定或修订并发布。
--     en: No emergency plan is in force for platform "{platform}" (approved, attached, covering failure of the platform and exit of the provider, not past its review). Draw one up or revise it, and issue it.
--   drill_overdue:
--     zh: 平台“{platform}”的应急处置最近一次演练在 {day}，应不晚于 {until} 再演练。请安排。
--     en: Emergency handling with platform "{platform}" was last drilled on {day}; the next was due by {until}. Arrange it.
--   no_drill:
--     zh: 平台“{platform}”的应急处置没有演练过，能否及时有效响应没有依据。请组织演练并登记报告。
--     en: Emergency handling with platform "{platform}" was never drilled, so nothing shows that it works. Hold a drill and enter its report.
--   unattended:
--     zh: 平台“{platform}”上的突发事件没有指定本方负责人：{incident}。请立即指定。
--     en: 'Nobody on the client''s side is named to handle incidents on platform "{platform}": {incident}. Name someone at once.'
--   unconcluded:
--     zh: 平台“{platform}”上的突发事件已恢复超过 {:months} 个月仍未由第二人审核结案：{incident}。请查明原因并结案。
--     en: 'Incidents on platform "{platform}" recovered more than {:months} month(s) ago and were not confirmed by a second person and closed: {incident}. Find the cause and close them.'
--   in_future:
--     zh: 平台“{platform}”的演练日期（{day}）晚于今天，请更正。
--     en: A drill with platform "{platform}" is dated after today ({day}). Correct it.
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，本条暂不适用。
--     en: Nothing is in operation on platform "{platform}", so the requirement does not apply yet.
--   ready:
--     zh: 平台“{platform}”有施行中的应急管理方案，最近一次演练在 {day}，应不晚于 {until} 再演练；突发事件均有人负责。
--     en: Platform "{platform}" has an emergency plan in force and was last drilled on {day} (again by {until}); every incident has someone in charge.
WITH cloud AS (
    SELECT p.id AS subject, p.name,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running
    FROM subject x JOIN platform p ON p.id = x.id
), plan AS MATERIALIZED (
    SELECT r.id, r.review_by,
           CASE WHEN EXISTS (SELECT 1 FROM rule_document_platforms l WHERE l.id = r.id) THEN 0 ELSE 1 END AS every
    FROM rule_document r
    WHERE r.state = 'in_force' AND r.approved_by IS NOT NULL AND r.approved_on IS NOT NULL
      AND r.valid_from <= yj_today() AND r.review_by >= yj_today()
      AND EXISTS (SELECT 1 FROM rule_document_type t WHERE t.id = r.id AND t.value = 'emergency_plan')
      AND EXISTS (SELECT 1 FROM rule_document_scenarios s WHERE s.id = r.id AND s.value = 'outage')
      AND EXISTS (SELECT 1 FROM rule_document_scenarios s WHERE s.id = r.id AND s.value = 'provider_exit')
      AND EXISTS (SELECT 1 FROM rule_document_evidence e WHERE e.id = r.id)
), covered AS MATERIALIZED (
    SELECT c.subject, q.id AS plan_id, q.review_by FROM cloud c JOIN plan q ON q.every = 1
    UNION ALL
    SELECT c.subject, q.id, q.review_by
    FROM cloud c JOIN rule_document_platforms l ON l.value = c.subject JOIN plan q ON q.id = l.id
), best AS MATERIALIZED (
    SELECT v.subject, max(v.review_by) AS until FROM covered v GROUP BY v.subject
), held AS MATERIALIZED (
    SELECT c.subject, r.id AS drill_id, r.held_on,
           r.confirmed_on AS start
    FROM cloud c JOIN drill_platforms l ON l.value = c.subject JOIN drill r ON r.id = l.id
    WHERE c.running > 0 AND r.state = 'confirmed' AND r.held_on IS NOT NULL AND r.led_by IS NOT NULL
      AND r.confirmed_by IS NOT NULL AND r.confirmed_on IS NOT NULL
), last AS MATERIALIZED (
    SELECT h.subject, max(h.held_on) AS day FROM held h WHERE h.start <= yj_today() GROUP BY h.subject
), coming AS MATERIALIZED (
    SELECT min(CASE WHEN r.valid_from > yj_today() THEN yj_add_days(r.valid_from, -1) END) AS due
    FROM rule_document r WHERE r.state = 'in_force'
), outcome AS (
    SELECT c.subject, 'not_running' AS reason, CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS due,
           CAST(NULL AS TEXT) AS incident, CAST(NULL AS TEXT) AS drill_id, CAST(NULL AS TEXT) AS plan_id,
           CAST(NULL AS TEXT) AS incident_id
    FROM cloud c WHERE c.running = 0
    UNION ALL
    SELECT c.subject, 'no_plan', NULL, n.due, NULL, NULL, NULL, NULL
    FROM cloud c CROSS JOIN coming n
    WHERE c.running > 0 AND NOT EXISTS (SELECT 1 FROM best b WHERE b.subject = c.subject)
    UNION ALL
    SELECT c.subject, 'no_drill', NULL, NULL, NULL, NULL, NULL, NULL
    FROM cloud c WHERE c.running > 0 AND NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = c.subject)
    UNION ALL
    SELECT h.subject, 'in_future', h.start, yj_add_days(h.start, -1), NULL, h.drill_id, NULL, NULL
    FROM held h WHERE h.start > yj_today()
    UNION ALL
    SELECT h.subject, CASE WHEN yj_add_months(h.held_on, :months) < yj_today() THEN 'drill_overdue' ELSE 'ready' END,
           h.held_on, CASE WHEN yj_add_months(h.held_on, :months) >= yj_today() THEN yj_add_months(h.held_on, :months) END,
           NULL, h.drill_id, NULL, NULL
    FROM held h JOIN last t ON t.subject = h.subject AND t.day = h.held_on
    UNION ALL
    SELECT c.subject, 'ready', NULL, b.until, NULL, NULL, v.plan_id, NULL
    FROM cloud c JOIN best b ON b.subject = c.subject
         JOIN covered v ON v.subject = c.subject AND v.review_by = b.until
    WHERE c.running > 0
    UNION ALL
    SELECT c.subject, CASE WHEN i.handled_by IS NULL THEN 'unattended' ELSE 'unconcluded' END, NULL, NULL, i.title,
           NULL, NULL, i.id
    FROM cloud c JOIN incident i ON i.platform = c.subject
    WHERE c.running > 0
      AND ((i.state <> 'closed' AND i.handled_by IS NULL)
           OR (i.state = 'recovered' AND yj_add_months(i.recovered_on, :months) < yj_today()))
    UNION ALL
    SELECT c.subject, 'ready', NULL, yj_add_months(i.recovered_on, :months), NULL, NULL, NULL, i.id
    FROM cloud c JOIN incident i ON i.platform = c.subject
    WHERE c.running > 0 AND i.state = 'recovered' AND i.handled_by IS NOT NULL
      AND yj_add_months(i.recovered_on, :months) >= yj_today()
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'ready' THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason = 'in_future' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.drill_id IS NOT NULL THEN 'drill' WHEN o.plan_id IS NOT NULL THEN 'rule_document'
            WHEN o.incident_id IS NOT NULL THEN 'incident' ELSE 'platform' END AS proof_kind,
       coalesce(o.drill_id, o.plan_id, o.incident_id, o.subject) AS proof,
       c.name AS v_platform, o.day AS v_day, yj_add_months(o.day, :months) AS v_until, o.incident AS v_incident
FROM outcome o JOIN cloud c ON c.subject = o.subject
