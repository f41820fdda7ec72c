-- rule: provider_certified
-- subject: provider
-- params: [model, editions, ended, ended_on, months]
-- reasons:
--   superseded:
--     zh: 受托方“{provider}”的证书 {certificate} 所依据的标准已换版，不再是最新版本，不能作为平台“{platform}”的认证。请受托方完成换版认证。
--     en: 'Certificate {certificate} of provider "{provider}" is by an edition that is no longer the latest, so it does not count for platform "{platform}". Have the provider certified by the current edition.'
--   lapsed:
--     zh: 受托方“{provider}”的证书 {certificate}（有效期至 {until}）已到期、暂停或撤销，平台“{platform}”没有其他有效认证。请受托方重新认证并提供新证书。
--     en: 'Certificate {certificate} of provider "{provider}" (valid until {until}) has expired or was suspended or revoked, and nothing else certifies platform "{platform}". Have the provider certified anew and obtain the certificate.'
--   not_covered:
--     zh: 受托方“{provider}”的证书 {certificate} 的认证范围没有覆盖平台“{platform}”。请受托方扩大认证范围，或核对证书附件后更正登记。
--     en: 'The scope of certificate {certificate} of provider "{provider}" does not cover platform "{platform}". Have the scope extended, or check the certificate and correct the record.'
--   no_certificate:
--     zh: 受托方“{provider}”自 {since} 开展托管业务，取得认证的期限 {deadline} 已过，平台“{platform}”仍没有管理体系认证。请督促其认证并提供证书。
--     en: 'Provider "{provider}" has hosted since {since} and should have been certified by {deadline}; no certificate of its management system covers platform "{platform}". Urge it to be certified and to supply the certificate.'
--   no_platform:
--     zh: 受托方“{provider}”没有登记任何云计算平台，不能判断本条是否适用。请登记其平台和部署模式。
--     en: No platform of provider "{provider}" is registered, so it is open whether this applies. Register its platform and model.
--   no_evidence:
--     zh: 受托方“{provider}”的证书 {certificate}（覆盖平台“{platform}”）没有附件或查验人，还不能采信。请上传证书，并在认证认可公共服务平台查验。
--     en: 'Certificate {certificate} of provider "{provider}" for platform "{platform}" has no attachment or nobody checked it, so it does not count yet. Attach it and check it in the public register of certificates.'
--   start_missing:
--     zh: 没有填写受托方“{provider}”开展托管业务的日期，平台“{platform}”也没有有效证书。请填写日期或登记证书。
--     en: 'Neither the day provider "{provider}" began hosting nor a certificate in force for platform "{platform}" is entered. Enter one of them.'
--   within_grace:
--     zh: 受托方“{provider}”自 {since} 开展托管业务，取得认证的期限是 {deadline}，尚未到期。
--     en: Provider "{provider}" has hosted since {since}; it has until {deadline} to be certified.
--   unmatched:
--     zh: 受托方“{provider}”没有提供{:model|choice:platform.model}平台，本条不适用。
--     en: 'Provider "{provider}" has no platform of this model: {:model|choice:platform.model}. The requirement does not apply.'
--   certified:
--     zh: 受托方“{provider}”的证书 {certificate} 覆盖平台“{platform}”，有效至 {until}。
--     en: 'Certificate {certificate} of provider "{provider}" covers platform "{platform}" and is in force until {until}.'
WITH party AS (
    SELECT p.id, p.name, p.hosting_since AS since, yj_add_months(p.hosting_since, :months) AS deadline,
           (SELECT count(*) FROM platform f WHERE f.provider = p.id AND f.state <> 'retired') AS platforms
    FROM subject x JOIN provider p ON p.id = x.id
), cloud AS (
    SELECT p.id AS party_id, p.since, p.deadline, f.id AS platform_id, f.name AS platform
    FROM party p JOIN platform f ON f.provider = p.id
    WHERE f.model = :model AND f.state <> 'retired'
), edition AS (
    SELECT c.id AS certificate_id,
           CASE WHEN ' ' || :ended || ' ' LIKE '% ' || c.scheme || ' %' THEN :ended_on ELSE '9999-12-31' END AS latest_until
    FROM party p JOIN certificate c ON c.provider = p.id
    WHERE ' ' || :editions || ' ' || :ended || ' ' LIKE '% ' || c.scheme || ' %'
), held AS (
    SELECT f.platform_id, c.id AS certificate_id, c.number, c.valid_from, c.valid_until,
           CASE WHEN e.latest_until < c.valid_until THEN e.latest_until ELSE c.valid_until END AS until,
           CASE WHEN c.valid_from > yj_today() THEN 'to_come'
                WHEN c.state <> 'valid' OR c.valid_until < yj_today() THEN 'lapsed'
                WHEN e.latest_until < yj_today() THEN 'superseded'
                WHEN NOT EXISTS (SELECT 1 FROM certificate_platforms l WHERE l.id = c.id AND l.value = f.platform_id)
                THEN 'not_covered'
                WHEN c.checked_by IS NULL
                     OR NOT EXISTS (SELECT 1 FROM certificate_evidence v WHERE v.id = c.id) THEN 'no_evidence'
                ELSE 'certified' END AS standing
    FROM cloud f JOIN certificate c ON c.provider = f.party_id JOIN edition e ON e.certificate_id = c.id
), best AS (
    SELECT f.party_id, f.since, f.deadline, f.platform_id, f.platform,
           (SELECT max(h.until) FROM held h
            WHERE h.platform_id = f.platform_id AND h.standing = 'certified') AS certified_until,
           (SELECT max(h.until) FROM held h
            WHERE h.platform_id = f.platform_id AND h.standing = 'no_evidence') AS claimed_until,
           (SELECT yj_add_days(min(h.valid_from), -1) FROM held h
            WHERE h.platform_id = f.platform_id AND h.standing = 'to_come') AS next_due
    FROM cloud f
), outcome AS (
    SELECT p.id AS party_id, CAST(NULL AS TEXT) AS platform,
           CASE WHEN p.platforms = 0 THEN 'no_platform' ELSE 'unmatched' END AS reason,
           CAST(NULL AS TEXT) AS due, CAST(NULL AS TEXT) AS certificate_id, CAST(NULL AS TEXT) AS number,
           CAST(NULL AS TEXT) AS until
    FROM party p WHERE NOT EXISTS (SELECT 1 FROM cloud f WHERE f.party_id = p.id)
    UNION ALL
    SELECT b.party_id, b.platform, 'certified', h.until, h.certificate_id, h.number, h.until
    FROM best b JOIN held h ON h.platform_id = b.platform_id AND h.until = b.certified_until
    WHERE h.standing = 'certified'
    UNION ALL
    SELECT b.party_id, b.platform, 'no_evidence', CASE WHEN b.next_due < h.until THEN b.next_due ELSE h.until END,
           h.certificate_id, h.number, h.until
    FROM best b JOIN held h ON h.platform_id = b.platform_id AND h.until = b.claimed_until
    WHERE h.standing = 'no_evidence' AND b.certified_until IS NULL
    UNION ALL
    SELECT b.party_id, b.platform, CASE WHEN b.since IS NULL THEN 'start_missing' ELSE 'within_grace' END,
           CASE WHEN b.next_due < b.deadline THEN b.next_due ELSE coalesce(b.deadline, b.next_due) END,
           NULL, NULL, NULL
    FROM best b
    WHERE b.certified_until IS NULL AND b.claimed_until IS NULL AND (b.since IS NULL OR b.deadline >= yj_today())
    UNION ALL
    SELECT b.party_id, b.platform, coalesce(h.standing, 'no_certificate'), b.next_due,
           h.certificate_id, h.number, h.valid_until
    FROM best b LEFT JOIN held h ON h.platform_id = b.platform_id AND h.standing <> 'to_come'
    WHERE b.certified_until IS NULL AND b.claimed_until IS NULL AND b.deadline < yj_today()
)
SELECT o.party_id AS subject,
       CASE WHEN o.reason = 'certified' THEN 'met'
            WHEN o.reason IN ('unmatched', 'within_grace') THEN 'not_applicable'
            WHEN o.reason IN ('superseded', 'lapsed', 'not_covered', 'no_certificate') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.certificate_id IS NULL THEN 'provider' ELSE 'certificate' END AS proof_kind,
       coalesce(o.certificate_id, o.party_id) AS proof,
       p.name AS v_provider, o.platform AS v_platform, o.number AS v_certificate, o.until AS v_until,
       p.since AS v_since, p.deadline AS v_deadline
FROM outcome o JOIN party p ON p.id = o.party_id
