-- rule: disclosures_permitted
-- subject: platform
-- params: [months, running]
-- reasons:
--   leaked:
--     zh: 平台“{platform}”发生过委托方数据泄露事件：{what}（{day}）。请查明责任，督促受托方整改，依合同追究；{until} 之前本条视为不达标。
--     en: 'Client data leaked from platform "{platform}": {what} ({day}). Find out who is to blame, have the provider remedy it and enforce the contract; until {until} this counts as not met.'
--   no_ground:
--     zh: 平台“{platform}”的受托方没有依据就把数据提供给了第三方：{what}。请要求收回或删除，依合同追究，并登记由此提出的整改；整改经第二人复核后本条视为达标。
--     en: 'The provider of platform "{platform}" gave data to a third party with no ground: {what}. Have it taken back or erased, enforce the contract and enter the finding raised; once a second person has verified it the requirement is met again.'
--   not_permitted:
--     zh: 平台“{platform}”的受托方把数据提供给了第三方，没有委托方的许可，或许可晚于提供：{what}。请要求收回或删除，依合同追究，并登记由此提出的整改；整改经第二人复核后本条视为达标。
--     en: 'The provider of platform "{platform}" gave data to a third party without the client''s consent, or before it: {what}. Have it taken back or erased, enforce the contract and enter the finding raised; once a second person has verified it the requirement is met again.'
--   undated:
--     zh: 平台“{platform}”的这些提供没有登记提供日期，不能判断是否先经许可：{what}。请补填。
--     en: 'These disclosures from platform "{platform}" have no date, so whether consent came first cannot be told: {what}. Enter it.'
--   ahead:
--     zh: 平台“{platform}”的这些提供标为已提供，日期却还没有到：{what}。请核对。
--     en: 'These disclosures from platform "{platform}" are marked as made, but dated after today: {what}. Check the dates.'
--   no_document:
--     zh: 平台“{platform}”的这些提供缺少许可文件或法律文书、法律依据：{what}。请补上。
--     en: 'These disclosures from platform "{platform}" lack the document of consent or the legal order and its basis: {what}. Complete them.'
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，也没有登记向第三方提供数据或数据泄露事件，本条暂不适用。
--     en: 'Nothing is in operation on platform "{platform}", and neither a disclosure nor a leak is on record, so the requirement does not apply yet.'
--   none_known:
--     zh: 平台“{platform}”没有登记向第三方提供数据，也没有登记数据泄露事件。
--     en: Neither a disclosure to a third party nor a leak is on record for platform "{platform}".
--   remedied:
--     zh: 平台“{platform}”的受托方曾未经许可或没有依据就把数据提供给第三方：{what}；由此提出的整改“{finding}”已由第二人复核通过。
--     en: 'The provider of platform "{platform}" had given data to a third party without consent or ground: {what}; finding "{finding}", raised from that, is verified by a second person.'
--   permitted:
--     zh: 平台“{platform}”向第三方提供数据均先经委托方许可或依中国法律作出：{what}。
--     en: 'What platform "{platform}" gave to third parties had the client''s consent before, or was required by Chinese law: {what}.'
WITH cloud AS MATERIALIZED (
    SELECT p.id AS subject, p.name,
           CASE WHEN EXISTS (SELECT 1 FROM deployment d
                             WHERE d.platform = p.id AND ' ' || :running || ' ' LIKE '% ' || d.state || ' %')
                THEN 1 ELSE 0 END AS live
    FROM subject x JOIN platform p ON p.id = x.id
), given AS MATERIALIZED (
    SELECT c.subject, g.id AS disclosure_id, g.title, g.recipient, g.disclosed_on, f.title AS finding,
           CASE WHEN (g.ground = 'none'
                      OR (g.ground = 'consent' AND (g.consent_on IS NULL OR g.consent_by IS NULL
                                                    OR g.consent_on > g.disclosed_on)))
                     AND f.state = 'verified' AND f.verified_by IS NOT NULL THEN 'remedied'
                WHEN g.ground = 'none' THEN 'no_ground'
                WHEN g.ground = 'consent' AND (g.consent_on IS NULL OR g.consent_by IS NULL
                                               OR g.consent_on > g.disclosed_on) THEN 'not_permitted'
                WHEN g.disclosed_on IS NULL THEN 'undated'
                WHEN g.disclosed_on > yj_today() THEN 'ahead'
                WHEN g.consent_document IS NULL OR (g.ground = 'law' AND g.legal_basis IS NULL) THEN 'no_document'
                ELSE 'permitted' END AS reason
    FROM cloud c JOIN disclosure g ON g.platform = c.subject AND g.state = 'made'
         LEFT JOIN finding f ON f.id = g.finding
), leak AS MATERIALIZED (
    SELECT c.subject, i.id AS incident_id, i.title, i.detected_on, yj_add_months(i.detected_on, :months) AS until
    FROM cloud c JOIN incident i ON i.platform = c.subject
    WHERE i.nature = 'leak' AND yj_add_months(i.detected_on, :months) >= yj_today()
), outcome AS (
    SELECT g.subject, g.reason, g.title || ' (' || g.recipient || ')' AS what, g.disclosed_on AS day,
           CAST(NULL AS TEXT) AS until, g.finding, g.disclosure_id, CAST(NULL AS TEXT) AS incident_id,
           CASE WHEN g.reason = 'ahead' THEN yj_add_days(g.disclosed_on, -1) END AS due
    FROM given g
    UNION ALL
    SELECT l.subject, 'leaked', l.title, l.detected_on, l.until, NULL, NULL, l.incident_id, l.until FROM leak l
    UNION ALL
    SELECT c.subject, CASE WHEN c.live = 0 THEN 'not_running' ELSE 'none_known' END, NULL, NULL, NULL, NULL, NULL,
           NULL, NULL
    FROM cloud c
    WHERE NOT EXISTS (SELECT 1 FROM given g WHERE g.subject = c.subject)
      AND NOT EXISTS (SELECT 1 FROM leak l WHERE l.subject = c.subject)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('permitted', 'remedied', 'none_known') THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason IN ('leaked', 'no_ground', 'not_permitted') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.disclosure_id IS NOT NULL THEN 'disclosure' WHEN o.incident_id IS NOT NULL THEN 'incident'
            ELSE 'platform' END AS proof_kind,
       coalesce(o.disclosure_id, o.incident_id, o.subject) AS proof,
       c.name AS v_platform, o.what AS v_what, o.day AS v_day, o.until AS v_until,
       o.finding AS v_finding
FROM outcome o JOIN cloud c ON c.subject = o.subject
