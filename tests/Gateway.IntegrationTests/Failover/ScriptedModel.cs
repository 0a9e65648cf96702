using Gateway.Testing;

namespace Gateway.IntegrationTests.Failover;

/// <summary>One provider with one model, named <c>NAME/small</c>, and the fake that plays it.</summary>
internal sealed record ScriptedModel(string Name, FakeProvider Fake)
{
    public int ContextWindow { get; init; } = 8192;

    /// <summary>Dollars per million tokens.</summary>
    public decimal InputPrice { get; init; } = 1;

    /// <summary>Dollars per million tokens.</summary>
    public decimal OutputPrice { get; init; } = 4;

    /// <summary>As in <c>providers.yaml</c>.</summary>
    public string Prefill { get; init; } = "none";

    /// <summary>How many calls have reached it.</summary>
    public int Calls => Fake.Requests.Count;

    public string ToYaml() => FormattableString.Invariant($$"""
          {{Name}}:
            dialect: openai
            baseUrl: {{Fake.BaseUrl}}
            timeouts: { connectSeconds: 5 }
            models:
              small: { contextWindow: {{ContextWindow}}, prefill: {{Prefill}}, prices: { input: {{InputPrice}}, output: {{OutputPrice}} } }

        """);

    /// <summary>The comment that ends a stream which this model answered.</summary>
    public string CostComment(ScriptedAnswer answer) => $": x-gateway-cost-usd {answer.Cost(this)}\n\n";
}
