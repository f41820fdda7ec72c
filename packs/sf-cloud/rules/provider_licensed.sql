-- rule: provider_licensed
-- subject: platform
-- params: [bodies]
-- reasons:
--   not_institution:
--     zh: 行业云平台“{platform}”的受托方“{provider}”不是证券期货机构。请改用证券期货机构提供的行业云，或把该平台按公共云登记和管理。
--     en: Provider "{provider}" of industry cloud "{platform}" is not a securities or futures institution. Use an industry cloud whose provider is one, or enter and manage the platform as a public cloud.
--   other_body:
--     zh: 受托方“{provider}”的许可或批准（{number}）不是证券期货业监管部门或国务院作出的，不能说明它是证券期货机构。请核对许可文件。
--     en: The licence or approval of provider "{provider}" ({number}) comes neither from the industry's regulator nor from the State Council, so it does not make it a securities or futures institution. Check the document.
--   kind_missing:
--     zh: 没有登记受托方“{provider}”是哪一类证券期货机构。请对照其许可证或批准文件登记。
--     en: Which kind of securities or futures institution provider "{provider}" is has not been entered. Enter it from its licence or approval.
--   licence_missing:
--     zh: 受托方“{provider}”登记为证券期货机构，但缺少许可证号（批准文号）或许可部门。请对照文件补填。
--     en: Provider "{provider}" is entered as a securities or futures institution, but the number of its licence or approval, or who gave it, is missing. Complete it from the document.
--   code_malformed:
--     zh: 受托方“{provider}”的统一社会信用代码缺失或不是 18 位有效字符（{code}），不能与许可证核对。请按营业执照更正。
--     en: The unified social credit code of provider "{provider}" is missing or not 18 valid characters ({code}), so it cannot be held against the licence. Correct it from the business licence.
--   no_document:
--     zh: 受托方“{provider}”的许可证或批准文件（{number}）没有附上。请取得并上传。
--     en: The licence or approval of provider "{provider}" ({number}) is not attached. Obtain and upload it.
--   licensed:
--     zh: 行业云平台“{platform}”的受托方“{provider}”（{code}）是证券期货机构：{kind|choice:provider.licence_kind}，许可证或批准文号 {number}。
--     en: 'Provider "{provider}" ({code}) of industry cloud "{platform}" is a securities or futures institution: {kind|choice:provider.licence_kind}, licence or approval {number}.'
WITH held AS MATERIALIZED (
    SELECT p.id AS subject, p.name AS platform, v.id AS provider_id, v.name AS provider, v.licence_kind,
           v.licence_number, v.uscc, e.id AS document_id,
           CASE WHEN v.licence_kind = 'none' OR v.type = 'commercial' THEN 'not_institution'
                WHEN ' ' || :bodies || ' ' NOT LIKE '% ' || v.licensed_by || ' %' THEN 'other_body'
                WHEN v.licence_kind IS NULL THEN 'kind_missing'
                WHEN v.licence_number IS NULL OR v.licensed_by IS NULL THEN 'licence_missing'
                WHEN v.uscc IS NULL OR length(v.uscc) <> 18
                     OR trim(v.uscc, '0123456789ABCDEFGHJKLMNPQRTUWXY') <> '' THEN 'code_malformed'
                WHEN e.id IS NULL THEN 'no_document'
                ELSE 'licensed' END AS reason
    FROM subject x JOIN platform p ON p.id = x.id JOIN provider v ON v.id = p.provider
         LEFT JOIN evidence e ON e.id = v.licence_document
)
SELECT h.subject AS subject,
       CASE WHEN h.reason = 'licensed' THEN 'met'
            WHEN h.reason IN ('not_institution', 'other_body') THEN 'unmet'
            ELSE 'unknown' END AS status,
       h.reason AS reason, NULL AS due,
       CASE WHEN h.document_id IS NULL THEN 'provider' ELSE 'evidence' END AS proof_kind,
       coalesce(h.document_id, h.provider_id) AS proof,
       h.platform AS v_platform, h.provider AS v_provider, h.licence_kind AS v_kind, h.licence_number AS v_number,
       h.uscc AS v_code
FROM held h
