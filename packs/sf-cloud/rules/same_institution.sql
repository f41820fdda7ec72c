-- rule: same_institution
-- subject: platform
-- params: []
-- reach: institution
-- reasons:
--   different:
--     zh: 私有云平台“{platform}”的受托方“{provider}”（{code}）与本机构的统一社会信用代码不同，不是同一机构。由子公司或他人提供的云不是私有云，请按行业云或公共云登记和管理，或更正登记。
--     en: Provider "{provider}" ({code}) of private cloud "{platform}" does not have the unified social credit code of this institution, so they are not the same. A cloud offered by a subsidiary or another is no private cloud; enter and manage it as an industry or public one, or correct the register.
--   code_missing:
--     zh: 私有云平台“{platform}”的受托方“{provider}”没有登记统一社会信用代码，不能判断是否就是本机构。请按营业执照填写。
--     en: Provider "{provider}" of private cloud "{platform}" has no unified social credit code entered, so whether it is this institution cannot be told. Enter it from the business licence.
--   code_malformed:
--     zh: 受托方“{provider}”登记的统一社会信用代码（{code}）不是 18 位有效字符。请按营业执照更正。
--     en: The unified social credit code of provider "{provider}" ({code}) is not 18 valid characters. Correct it from the business licence.
--   own_missing:
--     zh: 本机构没有登记统一社会信用代码，不能与私有云平台“{platform}”的受托方比对。请按营业执照填写。
--     en: This institution has no unified social credit code entered, so the provider of private cloud "{platform}" cannot be compared with it. Enter it from the business licence.
--   same:
--     zh: 私有云平台“{platform}”的受托方“{provider}”与本机构的统一社会信用代码（{code}）相同，是同一机构。
--     en: Provider "{provider}" of private cloud "{platform}" has the unified social credit code of this institution ({code}); they are the same.
WITH held AS MATERIALIZED (
    SELECT p.id AS subject, p.name AS platform, v.id AS provider_id, v.name AS provider, v.uscc,
           CASE WHEN v.uscc IS NULL THEN 'code_missing'
                WHEN length(v.uscc) <> 18 OR trim(v.uscc, '0123456789ABCDEFGHJKLMNPQRTUWXY') <> ''
                THEN 'code_malformed'
                WHEN NOT EXISTS (SELECT 1 FROM institution i WHERE i.type = 'client' AND i.uscc IS NOT NULL)
                THEN 'own_missing'
                WHEN EXISTS (SELECT 1 FROM institution i WHERE i.type = 'client' AND i.uscc = v.uscc) THEN 'same'
                ELSE 'different' END AS reason
    FROM subject x JOIN platform p ON p.id = x.id JOIN provider v ON v.id = p.provider
)
SELECT h.subject AS subject,
       CASE WHEN h.reason = 'same' THEN 'met' WHEN h.reason = 'different' THEN 'unmet' ELSE 'unknown' END AS status,
       h.reason AS reason, NULL AS due, 'provider' AS proof_kind, h.provider_id AS proof,
       h.platform AS v_platform, h.provider AS v_provider, h.uscc AS v_code
FROM held h
