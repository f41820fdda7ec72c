-- rule: retained
-- subject: institution
-- params: [types, market, personal, records, months, checked, setting]
-- reach: institution
-- reasons:
--   too_short:
--     zh: 机构“{institution}”规定保存{:records|choice:archive_rule.records} {kept} 个月，少于应保存的 {months} 个月（可由设置 {:setting} 改动）。请改正保存安排。
--     en: 'Institution "{institution}" keeps these for {kept} months, less than the {months} owed (setting {:setting} can change that): {:records|choice:archive_rule.records}. Correct the retention rule.'
--   missing:
--     zh: 机构“{institution}”于 {day} 抽查{:records|choice:archive_rule.records}，有 {missing} 份找不到或打不开。请查明、补救后再抽查。
--     en: 'When institution "{institution}" sampled them on {day}, {missing} were missing or unreadable: {:records|choice:archive_rule.records}. Find out why, put it right and sample again.'
--   not_reaching:
--     zh: 机构“{institution}”于 {day} 抽查到的{:records|choice:archive_rule.records}最早是 {oldest} 的，应能追溯到 {from}。请找到更早的资料后再抽查；资料本来就从更晚才有的，在保存安排中填写起始日期。
--     en: 'The oldest that institution "{institution}" found on {day} are of {oldest} and should reach back to {from}: {:records|choice:archive_rule.records}. Find the older ones and sample again; if there were none before, enter in the retention rule since when they exist.'
--   check_overdue:
--     zh: 机构“{institution}”最近一次抽查{:records|choice:archive_rule.records}在 {day}，应不晚于 {until} 再抽查。请安排。
--     en: 'The last sample of institution "{institution}" was on {day}, the next was due by {until}: {:records|choice:archive_rule.records}. Arrange it.'
--   type_missing:
--     zh: 机构“{institution}”没有填写业务类型，无法判断本条是否适用。请在机构信息中填写。
--     en: Institution "{institution}" does not say what business it is licensed for, so it cannot be told whether this applies. Enter it with the institution.
--   market_missing:
--     zh: 机构“{institution}”没有填写服务的市场，无法判断本条是否适用。请在机构信息中填写。
--     en: Institution "{institution}" does not say which markets it serves, so it cannot be told whether this applies. Enter them with the institution.
--   bad_setting:
--     zh: 设置 {:setting} 的值“{value}”不是 1 到 9999 的整数月数，期限无法计算。请更正。
--     en: Setting {:setting} has the value "{value}", which is no whole number of months from 1 to 9999, so the term cannot be worked out. Correct it.
--   none:
--     zh: 机构“{institution}”没有规定{:records|choice:archive_rule.records}怎样保存。请登记保存安排，经批准后施行。
--     en: 'Institution "{institution}" has no rule for keeping these: {:records|choice:archive_rule.records}. Enter one and put it in force once approved.'
--   not_in_force:
--     zh: 机构“{institution}”关于{:records|choice:archive_rule.records}的保存安排还不能作数：须写明保存月数、负责人，经另一人批准后施行。
--     en: 'The rule of institution "{institution}" for keeping these does not count yet: it must say for how many months, by whom, be approved by another person and be in force: {:records|choice:archive_rule.records}.'
--   unchecked:
--     zh: 机构“{institution}”没有抽查过{:records|choice:archive_rule.records}是否真的保存着。请抽查并登记。
--     en: 'Institution "{institution}" never sampled whether these are really there: {:records|choice:archive_rule.records}. Do so and enter it.'
--   in_future:
--     zh: 机构“{institution}”抽查{:records|choice:archive_rule.records}的日期 {day} 晚于今天，请更正。
--     en: 'A sample of institution "{institution}" is dated {day}, after today: {:records|choice:archive_rule.records}. Correct it.'
--   other_type:
--     zh: 机构“{institution}”登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of institution "{institution}" is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   no_personal:
--     zh: 机构“{institution}”没有登记放在云上或拟上云的个人信息或重要数据，本条暂不适用。
--     en: Institution "{institution}" has neither personal information nor important data on a cloud or planned for one on record, so this does not apply yet.
--   kept:
--     zh: 机构“{institution}”规定保存{:records|choice:archive_rule.records} {kept} 个月（应不少于 {months} 个月），{day} 抽查齐全，下次抽查应不晚于 {until}。
--     en: 'Institution "{institution}" keeps these for {kept} months ({months} are owed), the sample of {day} was complete, the next is due by {until}: {:records|choice:archive_rule.records}.'
WITH term AS MATERIALIZED (
    SELECT s.value,
           CASE WHEN s.value IS NULL THEN CAST(:months AS INTEGER)
                WHEN length(s.value) < 5 AND trim(s.value, '0123456789') = '' AND trim(s.value, '0') <> ''
                THEN CAST(s.value AS INTEGER) END AS months
    FROM (SELECT :setting AS name) n LEFT JOIN setting s ON s.name = n.name
), own AS MATERIALIZED (
    SELECT i.id AS subject, i.name AS institution, m.months, m.value,
           CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE l.id = i.id AND ' ' || :types || ' ' LIKE '% ' || l.value || ' %'
                               AND (:market = 'any' OR l.value IN ('securities', 'futures', 'fund', 'sales')
                                    OR EXISTS (SELECT 1 FROM institution_markets k WHERE k.id = i.id AND k.value = :market)))
                THEN CASE WHEN :personal = 'any'
                               OR EXISTS (SELECT 1 FROM deployment d JOIN data_asset a ON a.system = d.system
                                          WHERE d.state <> 'closed'
                                            AND (a.personal IN ('ordinary', 'sensitive')
                                                 OR (:personal = 'personal important' AND a.national_class IN ('important', 'core'))))
                          THEN CASE WHEN m.months IS NULL THEN 'bad_setting' ELSE 'bound' END
                          ELSE 'no_personal' END
                WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE l.id = i.id AND ' ' || :types || ' ' LIKE '% ' || l.value || ' %'
                               AND NOT EXISTS (SELECT 1 FROM institution_markets k WHERE k.id = i.id))
                THEN 'market_missing'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l WHERE l.id = i.id)
                THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM subject x JOIN institution i ON i.id = x.id CROSS JOIN term m
), rule AS MATERIALIZED (
    SELECT r.id AS rule_id, r.months, r.records_since,
           CASE WHEN r.state = 'in_force' AND r.months IS NOT NULL AND r.responsible IS NOT NULL AND r.approved_by IS NOT NULL
                     AND r.approved_on <= yj_today() THEN 1 ELSE 0 END AS in_force,
           CASE WHEN r.state = 'in_force' AND r.months IS NOT NULL AND r.responsible IS NOT NULL AND r.approved_by IS NOT NULL
                     AND r.approved_on > yj_today() THEN yj_add_days(r.approved_on, -1) END AS in_force_after
    FROM archive_rule r WHERE r.records = :records
), sample AS MATERIALIZED (
    SELECT c.id AS check_id, c.checked_on, c.missing, c.oldest_on FROM rule r JOIN archive_check c ON c.archive_rule = r.rule_id
    WHERE c.checked_by IS NOT NULL
), last AS MATERIALIZED (
    SELECT max(c.checked_on) AS day FROM sample c WHERE c.checked_on <= yj_today()
), reached AS MATERIALIZED (
    SELECT c.check_id, c.checked_on, c.missing, c.oldest_on, yj_add_months(c.checked_on, :checked) AS until,
           CASE WHEN r.records_since > yj_add_months(c.checked_on, -m.months) THEN r.records_since
                ELSE yj_add_months(c.checked_on, -m.months) END AS since
    FROM last t JOIN sample c ON c.checked_on = t.day CROSS JOIN rule r CROSS JOIN term m
), outcome AS (
    SELECT o.subject, o.scope AS reason, CAST(NULL AS TEXT) AS check_id,
           CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until, CAST(NULL AS TEXT) AS due
    FROM own o WHERE o.scope <> 'bound'
    UNION ALL
    SELECT o.subject, 'none', NULL, NULL, NULL, NULL
    FROM own o WHERE o.scope = 'bound' AND NOT EXISTS (SELECT 1 FROM rule r)
    UNION ALL
    SELECT o.subject,
           CASE WHEN r.in_force = 0 THEN 'not_in_force' WHEN r.months < o.months THEN 'too_short'
                WHEN NOT EXISTS (SELECT 1 FROM sample c) THEN 'unchecked' ELSE 'kept' END,
           NULL, NULL, NULL, r.in_force_after
    FROM own o CROSS JOIN rule r
    WHERE o.scope = 'bound'
      AND (r.in_force = 0 OR r.months < o.months OR NOT EXISTS (SELECT 1 FROM sample c))
    UNION ALL
    SELECT o.subject, 'in_future', c.check_id, c.checked_on, NULL, yj_add_days(c.checked_on, -1)
    FROM own o CROSS JOIN sample c
    WHERE o.scope = 'bound' AND c.checked_on > yj_today()
    UNION ALL
    SELECT o.subject,
           CASE WHEN c.missing > 0 THEN 'missing' WHEN c.oldest_on > c.since THEN 'not_reaching'
                WHEN c.until < yj_today() THEN 'check_overdue' ELSE 'kept' END,
           c.check_id, c.checked_on, c.until,
           CASE WHEN c.missing = 0 AND c.oldest_on <= c.since AND c.until >= yj_today() THEN c.until END
    FROM own o CROSS JOIN reached c WHERE o.scope = 'bound'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'kept' THEN 'met'
            WHEN o.reason IN ('too_short', 'missing', 'not_reaching', 'check_overdue') THEN 'unmet'
            WHEN o.reason IN ('other_type', 'no_personal') THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.check_id IS NOT NULL THEN 'archive_check' WHEN r.rule_id IS NOT NULL THEN 'archive_rule'
            ELSE 'institution' END AS proof_kind,
       coalesce(o.check_id, r.rule_id, o.subject) AS proof,
       i.institution AS v_institution, l.value AS v_licence, CAST(r.months AS TEXT) AS v_kept, CAST(i.months AS TEXT) AS v_months,
       i.value AS v_value, o.day AS v_day, o.until AS v_until, CAST(c.missing AS TEXT) AS v_missing, c.oldest_on AS v_oldest,
       c.since AS v_from
FROM outcome o JOIN own i ON i.subject = o.subject LEFT JOIN rule r ON r.rule_id <> ''
     LEFT JOIN reached c ON c.check_id = o.check_id LEFT JOIN institution_licence l ON l.id = o.subject
