using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Policies.Tests;

/// <summary>Files that use every setting there is.</summary>
internal static class FullPolicies
{
    public const string Key = "gw-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    public const string Providers = """
        # Every setting.
        providers:
          local:
            dialect: local
            models:
              gateway-demo: { contextWindow: 4096, maxOutputTokens: 1024, capabilities: [logprobs], prices: { input: 0, output: 0 } }
          openai:
            dialect: openai
            baseUrl: https://api.openai.com/v1
            apiKey: ${OPENAI_API_KEY}
            httpVersion: "2"
            streamUsage: false
            headers:
              OpenAI-Organization: ${ORG}
              OpenAI-Project: ${PROJECT:-}
              X-Title: Our gateway, ${SITE:-unnamed}
            timeouts: { connectSeconds: 2.5 }
            tls: { caFile: ca.pem }
            models:
              gpt-5-mini:
                upstreamModel: gpt-5-mini-2025-08-07
                contextWindow: 400000
                maxOutputTokens: 128000
                capabilities: [tools, vision, audio, json_schema, json_object, logprobs, reasoning, n, completions]
                prices: { input: 0.25, cachedInput: 0.025, output: 2.00 }
                skills: { general: 0.8, code: 0.75, math: 0.7, reasoning: 0.65, languages: 1 }
                typicalFirstTokenSeconds: 0.8
                typicalTokensPerSecond: 120.5
                tokenizer: openai
                prefill: continue_final_message
          vllm-1:
            dialect: openai
            baseUrl: http://${VLLM_HOST:-localhost}:8000/v1/
            models:
              meta-llama/Llama-3.1-8B-Instruct: { contextWindow: 131072 }
              gpt-5-mini:
                contextWindow: 1000
                prices:
                  input: 1
                  output: 2
        """;

    public const string Routes = """
        routes:
          auto:
            description: The best there is.
            candidates:
              - openai/gpt-5-mini
              - vllm-1/meta-llama/Llama-3.1-8B-Instruct
              - local/gateway-demo
          cheap: { candidates: [ local/gateway-demo ] }
          best:
            strategy: scored
            weights: { quality: 2, cost: 0.5, latency: 0 }
            costScaleUsd: 0.02
            latencyScaleSeconds: 5
            minQuality: 0.6
            maxCostUsd: 0.03
            stickySeconds: 300
            exploration: 0.05
            candidates: [ openai/gpt-5-mini ]
          split:
            strategy: weighted
            candidates: [ openai/gpt-5-mini, { model: local/gateway-demo, weight: 2.5 }, { model: vllm-1/gpt-5-mini } ]
        """;

    public const string Failover = """
        defaults:
          totalSeconds: 200
          maxAttempts: 6
          limits: { firstTokenSeconds: 8, answerSeconds: 100, betweenTokensSeconds: 12 }
          retry: { times: 2, backoffSeconds: 0.1, maxBackoffSeconds: 2, maxRetryAfterSeconds: 0 }
          on: { rate_limited: fail_over, bad_request: fail_over }
          breaker: { failureRatio: 0.4, minimumCalls: 10, windowSeconds: 20, openSeconds: 5 }
          hedge: { quantile: 0.9, minDelaySeconds: 0.2, maxShare: 0.05 }
          recovery: fail
          fallbacks: { context_length: [ openai/gpt-5-mini ] }
        providers:
          openai:
            limits: { firstTokenSeconds: 20 }
            retry: { times: 0 }
            on: { overloaded: fail_over }
            breaker: { openSeconds: 60 }
          vllm-1:
            limits: { betweenTokensSeconds: 3 }
        routes:
          auto:
            totalSeconds: 60
            maxAttempts: 3
            limits: { answerSeconds: 50 }
            retry: { times: 3 }
            on: { rate_limited: return }
            hedge: { maxShare: 0.5 }
            recovery: continue
            fallbacks: { overloaded: [ cheap, openai/gpt-5-mini ] }
          cheap:
            hedge: off
            fallbacks: { overloaded: [ vllm-1/gpt-5-mini ] }
        retryBudget: { share: 0.1, perSecond: 5 }
        brownOut: { startInFlight: 100, fullInFlight: 150, qualityRelief: 0.1, costFactor: 2.5 }
        """;

    /// <summary>The first hash is that of <see cref="Key"/>, as sha256sum gives it.</summary>
    public const string Keys = """
        keys:
          - id: search-ci
            sha256: b33bd192aa6735ef90b3d930ea175fa9a3ad96746859dd39dcd4d11bf36ef5f1
            organization: acme
            team: search
            project: ci
            user: ada
            models: [ auto, gpt-5-mini, local/gateway-demo ]
            expires: 2027-01-01T01:00:00+01:00
            disabled: false
            admin: true
            role: team
          - { id: old, sha256: FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF, disabled: true }
          - { id: controller, sha256: EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE, role: finance }
        """;

    /// <summary>A folder with all of it, and the environment and the CA bundle that it refers to.</summary>
    public static PolicyFolder Folder()
    {
        var folder = new PolicyFolder(Providers, Routes, Keys, Failover);
        folder.Environment["OPENAI_API_KEY"] = "sk-top-secret";
        folder.Environment["ORG"] = "org-123";
        folder.Write("ca.pem", CaPem);
        return folder;
    }

    /// <summary>A fresh self-signed certificate.</summary>
    public static string CaPem { get; } = MakeCertificate();

    private static string MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test CA", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(PolicyFolder.Now.AddDays(-1), PolicyFolder.Now.AddDays(1));
        return certificate.ExportCertificatePem() + "\n";
    }
}
