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
            timeouts: { connectSeconds: 2.5, responseSeconds: 300, idleSeconds: 3600 }
            tls: { caFile: ca.pem }
            models:
              gpt-5-mini:
                upstreamModel: gpt-5-mini-2025-08-07
                contextWindow: 400000
                maxOutputTokens: 128000
                capabilities: [tools, vision, audio, json_schema, json_object, logprobs, reasoning, n, completions]
                prices: { input: 0.25, cachedInput: 0.025, output: 2.00 }
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
          - { id: old, sha256: FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF, disabled: true }
        """;

    /// <summary>A folder with all of it, and the environment and the CA bundle that it refers to.</summary>
    public static PolicyFolder Folder()
    {
        var folder = new PolicyFolder(Providers, Routes, Keys);
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
