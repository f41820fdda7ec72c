-- rule: recognised
-- subject: platform
-- params: [bodies]
-- reasons:
--   other_body:
--     zh: 平台“{platform}”登记为行业云，但其认可出自{body|choice:platform.recognised_by}，不是证券期货业监管部门的认可。请取得监管部门的认可文件，否则按公共云登记和管理。
--     en: 'Platform "{platform}" is entered as an industry cloud, but what is on record as its recognition comes from this body, which does not regulate the industry: {body|choice:platform.recognised_by}. Obtain the regulator''s, or enter and manage it as a public cloud.'
--   lapsed:
--     zh: 平台“{platform}”作为行业云的认可（{number}）已于 {until} 到期。请取得续期的认可文件，否则按公共云登记和管理。
--     en: The recognition of platform "{platform}" as an industry cloud ({number}) ran out on {until}. Obtain its renewal, or enter and manage the platform as a public cloud.
--   unrecognised:
--     zh: 平台“{platform}”登记为行业云，但没有登记由谁认可。请向受托方索取监管部门的认可文件并登记，取不到的按公共云登记和管理。
--     en: Platform "{platform}" is entered as an industry cloud, but who recognised it is not on record. Obtain the regulator's document from the provider and enter it; without one, enter and manage it as a public cloud.
--   incomplete:
--     zh: 平台“{platform}”的行业云认可缺少文号或日期。请对照认可文件补填。
--     en: The recognition of platform "{platform}" as an industry cloud lacks its number or date. Complete it from the document.
--   no_document:
--     zh: 平台“{platform}”的行业云认可（{number}，{day}）没有附认可文件。请取得并上传。
--     en: The document of the recognition of platform "{platform}" as an industry cloud ({number}, {day}) is not attached. Obtain and upload it.
--   ahead:
--     zh: 平台“{platform}”的行业云认可日期 {day} 还没有到。请核对。
--     en: The recognition of platform "{platform}" as an industry cloud is dated {day}, which is still to come. Check the date.
--   recognised:
--     zh: 平台“{platform}”已由{body|choice:platform.recognised_by}于 {day} 认可为行业云（{number}）。
--     en: 'Platform "{platform}" was recognised as an industry cloud on {day} ({number}) by: {body|choice:platform.recognised_by}.'
WITH held AS MATERIALIZED (
    SELECT p.id AS subject, p.name, p.recognised_by, p.recognition_number, p.recognised_on, p.recognised_until,
           e.id AS document_id,
           CASE WHEN p.recognised_by IS NULL THEN 'unrecognised'
                WHEN ' ' || :bodies || ' ' NOT LIKE '% ' || p.recognised_by || ' %' THEN 'other_body'
                WHEN p.recognised_until < yj_today() THEN 'lapsed'
                WHEN p.recognition_number IS NULL OR p.recognised_on IS NULL THEN 'incomplete'
                WHEN p.recognised_on > yj_today() THEN 'ahead'
                WHEN e.id IS NULL THEN 'no_document'
                ELSE 'recognised' END AS reason
    FROM subject x JOIN platform p ON p.id = x.id LEFT JOIN evidence e ON e.id = p.recognition_document
)
SELECT h.subject AS subject,
       CASE WHEN h.reason = 'recognised' THEN 'met'
            WHEN h.reason IN ('unrecognised', 'other_body', 'lapsed') THEN 'unmet'
            ELSE 'unknown' END AS status,
       h.reason AS reason,
       CASE WHEN h.reason = 'ahead' THEN yj_add_days(h.recognised_on, -1)
            WHEN h.reason IN ('incomplete', 'no_document', 'recognised') THEN h.recognised_until END AS due,
       CASE WHEN h.document_id IS NULL THEN 'platform' ELSE 'evidence' END AS proof_kind,
       coalesce(h.document_id, h.subject) AS proof,
       h.name AS v_platform, h.recognised_by AS v_body, h.recognition_number AS v_number, h.recognised_on AS v_day,
       h.recognised_until AS v_until
FROM held h
