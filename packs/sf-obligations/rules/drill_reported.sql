-- rule: drill_reported
-- subject: drill
-- params: [types, workdays, setting]
-- reach: institution
-- reasons:
--   overdue:
--     zh: 与关联主体的演练“{drill}”（{day}）没有向证监会报告，应不晚于 {until}（演练后 {workdays} 个工作日，可由设置 {:setting} 改动）。请立即报告，并登记由此提出的整改。
--     en: The drill with connected parties "{drill}" ({day}) was not reported to the CSRC, which was due by {until} ({workdays} working days after the drill; setting {:setting} can change that). Report it at once and enter the finding raised.
--   late:
--     zh: 演练“{drill}”于 {reported} 报告证监会，晚于 {until}。请登记由此提出的整改，经第二人复核后本条恢复达标。
--     en: Drill "{drill}" was reported to the CSRC on {reported}, after {until}. Enter the finding raised; once a second person has verified it this is met again.
--   type_missing:
--     zh: 机构“{institution}”没有填写业务类型，无法判断本条是否适用。请在机构信息中填写。
--     en: Institution "{institution}" does not say what business it is licensed for, so it cannot be told whether this applies. Enter it with the institution.
--   bad_setting:
--     zh: 设置 {:setting} 的值“{value}”不是 1 到 9999 的整数工作日数，期限无法计算。请更正。
--     en: Setting {:setting} has the value "{value}", which is no whole number of working days from 1 to 9999, so the term cannot be worked out. Correct it.
--   no_date:
--     zh: 演练“{drill}”已演练，但没有填写演练日期，报告期限无法计算。请填写。
--     en: Drill "{drill}" was held but has no date, so the term for the report cannot be worked out. Enter it.
--   no_document:
--     zh: 演练“{drill}”登记为已报告证监会，但没有附报送的材料。请附上。
--     en: Drill "{drill}" is entered as reported to the CSRC, but what was reported is not attached. Attach it.
--   other_type:
--     zh: 机构“{institution}”登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of institution "{institution}" is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   not_joint:
--     zh: 演练“{drill}”没有关联主体参加，不在须报告之列。
--     en: No connected party took part in drill "{drill}", so it need not be reported.
--   not_held:
--     zh: 演练“{drill}”尚未演练，暂无需报告。
--     en: Drill "{drill}" was not held yet, so no report is owed.
--   under_way:
--     zh: 演练“{drill}”（{day}）应不晚于 {until} 报告证监会，期限未到。
--     en: Drill "{drill}" ({day}) is to be reported to the CSRC by {until}; there is still time.
--   reported:
--     zh: 演练“{drill}”（{day}）已于 {reported} 报告证监会。
--     en: Drill "{drill}" ({day}) was reported to the CSRC on {reported}.
WITH own AS MATERIALIZED (
    SELECT i.name AS institution,
           CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l)
                THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM institution i
), term AS MATERIALIZED (
    SELECT s.value,
           CASE WHEN s.value IS NULL THEN CAST(:workdays AS INTEGER)
                WHEN length(s.value) < 5 AND trim(s.value, '0123456789') = '' AND trim(s.value, '0') <> ''
                THEN CAST(s.value AS INTEGER) END AS workdays
    FROM (SELECT :setting AS name) n LEFT JOIN setting s ON s.name = n.name
), dated AS MATERIALIZED (
    SELECT r.id AS subject, r.title, r.state, r.held_on, r.reported_on, r.report_document, r.report_finding,
           o.institution, m.workdays, m.value, yj_add_workdays(r.held_on, m.workdays) AS until,
           CASE WHEN o.scope <> 'bound' THEN o.scope
                WHEN r.state = 'planned' THEN 'not_held'
                WHEN NOT EXISTS (SELECT 1 FROM drill_connected_parties p WHERE p.id = r.id) THEN 'not_joint'
                WHEN m.workdays IS NULL THEN 'bad_setting'
                WHEN r.held_on IS NULL THEN 'no_date'
                ELSE 'owed' END AS scope
    FROM subject x JOIN drill r ON r.id = x.id CROSS JOIN own o CROSS JOIN term m
), judged AS MATERIALIZED (
    SELECT d.subject,
           CASE WHEN d.scope <> 'owed' THEN d.scope
                WHEN d.reported_on IS NULL AND d.until < yj_today() THEN 'overdue'
                WHEN d.reported_on IS NULL THEN 'under_way'
                WHEN d.report_document IS NULL THEN 'no_document'
                WHEN d.reported_on > d.until
                     AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.id = d.report_finding AND f.state = 'verified'
                                                             AND f.verified_by IS NOT NULL) THEN 'late'
                ELSE 'reported' END AS reason
    FROM dated d
)
SELECT j.subject AS subject,
       CASE WHEN j.reason IN ('reported', 'under_way') THEN 'met' WHEN j.reason IN ('overdue', 'late') THEN 'unmet'
            WHEN j.reason IN ('other_type', 'not_joint', 'not_held') THEN 'not_applicable' ELSE 'unknown' END AS status,
       j.reason AS reason, CASE WHEN j.reason = 'under_way' THEN d.until END AS due,
       'drill' AS proof_kind, j.subject AS proof,
       d.title AS v_drill, d.institution AS v_institution, l.value AS v_licence, d.held_on AS v_day, d.until AS v_until,
       d.reported_on AS v_reported, CAST(d.workdays AS TEXT) AS v_workdays, d.value AS v_value
FROM judged j JOIN dated d ON d.subject = j.subject LEFT JOIN institution_licence l ON j.reason = 'other_type'
