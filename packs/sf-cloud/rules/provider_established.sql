-- rule: provider_established
-- subject: provider
-- params: [model, outside]
-- reasons:
--   outside:
--     zh: 受托方“{provider}”注册于{place|choice:provider.registered_in}，不是在中国境内设立的法人，不得选择。请改选境内设立的受托方，或由其境内法人提供服务并签约。
--     en: 'Provider "{provider}" is registered outside mainland China ({place|choice:provider.registered_in}) and must not be chosen. Choose one that is, or have its mainland legal person provide and contract.'
--   code_wrong:
--     zh: 受托方“{provider}”的统一社会信用代码“{code}”不是 18 位，请按营业执照更正。
--     en: 'The unified social credit code of provider "{provider}" ("{code}") does not have 18 characters. Correct it from the business licence.'
--   no_platform:
--     zh: 受托方“{provider}”没有登记任何云计算平台，不能判断本条是否适用。请登记其平台和部署模式。
--     en: No platform of provider "{provider}" is registered, so it is open whether this applies. Register its platform and model.
--   place_missing:
--     zh: 没有填写受托方“{provider}”的注册地或统一社会信用代码。请按营业执照填写。
--     en: The place of registration or the unified social credit code of provider "{provider}" is missing. Enter them from the business licence.
--   no_licence:
--     zh: 受托方“{provider}”的登记信息没有证据。请上传营业执照或企业信用信息公示报告。
--     en: The registration of provider "{provider}" has no evidence. Attach its business licence or the public credit report.
--   unmatched:
--     zh: 受托方“{provider}”没有{:model|choice:platform.model}的平台，也没有这一模式的合同，本条不适用。
--     en: 'Provider "{provider}" has neither a platform nor a contract of this model: {:model|choice:platform.model}. The requirement does not apply.'
--   established:
--     zh: 受托方“{provider}”注册于{place|choice:provider.registered_in}（统一社会信用代码 {code}），系在中国境内设立。
--     en: 'Provider "{provider}" is registered in {place|choice:provider.registered_in} (unified social credit code {code}): established in mainland China.'
WITH party AS (
    SELECT p.id, p.name, p.registered_in, p.uscc,
           (SELECT count(*) FROM platform f WHERE f.provider = p.id AND f.state <> 'retired') AS platforms,
           CASE WHEN EXISTS (SELECT 1 FROM platform f
                             WHERE f.provider = p.id AND f.state <> 'retired' AND f.model = :model)
                     OR EXISTS (SELECT 1 FROM contract k
                                WHERE k.provider = p.id AND k.state <> 'ended' AND k.model = :model)
                THEN 1 ELSE 0 END AS of_model
    FROM subject x JOIN provider p ON p.id = x.id
), outcome AS (
    SELECT p.id,
           CASE WHEN p.of_model = 0 AND p.platforms = 0 THEN 'no_platform'
                WHEN p.of_model = 0 THEN 'unmatched'
                WHEN ' ' || :outside || ' ' LIKE '% ' || p.registered_in || ' %' THEN 'outside'
                WHEN p.registered_in IS NULL OR p.uscc IS NULL THEN 'place_missing'
                WHEN length(p.uscc) <> 18 THEN 'code_wrong'
                WHEN NOT EXISTS (SELECT 1 FROM provider_evidence e WHERE e.id = p.id) THEN 'no_licence'
                ELSE 'established' END AS reason
    FROM party p
)
SELECT o.id AS subject,
       CASE WHEN o.reason = 'established' THEN 'met'
            WHEN o.reason = 'unmatched' THEN 'not_applicable'
            WHEN o.reason IN ('outside', 'code_wrong') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due, 'provider' AS proof_kind, p.id AS proof,
       p.name AS v_provider, p.registered_in AS v_place, p.uscc AS v_code
FROM outcome o JOIN party p ON p.id = o.id
