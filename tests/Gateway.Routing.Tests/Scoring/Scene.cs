using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Routing.Tests.Scoring;

/// <summary>A request, the route <c>auto</c> that it asks for, and what has been observed; each test says what differs.</summary>
internal sealed record Scene
{
    /// <summary>One that tells good models from bad ones.</summary>
    public const string HardQuestion =
        "Statement 1 | Every maximal ideal is a prime ideal. Statement 2 | If I is a maximal ideal of a commutative ring R, then R/I is field.\n"
        + "A. True, True\nB. False, False\nC. True, False\nD. False, True\nAnswer:";

    public static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    public required ImmutableArray<ModelCard> Models { get; init; }

    public RoutingStrategy Strategy { get; init; } = RoutingStrategy.Scored;

    /// <summary>Sets more of the route.</summary>
    public Func<RouteDefinition, RouteDefinition> Route { get; init; } = static route => route;

    public RequestProfile Profile { get; init; } = Prompt(1000);

    /// <summary>By qualified name.</summary>
    public Dictionary<string, ModelObservation> Observed { get; init; } = [];

    public Dictionary<(string Route, TaskKind Task), double> OutputLengths { get; init; } = [];

    /// <summary>By prefix hash.</summary>
    public Dictionary<ulong, PrefixOwner> Prefixes { get; init; } = [];

    public BrownOutPolicy? BrownOut { get; init; }

    public double Pressure { get; init; }

    public string Name { get; init; } = "auto";

    public RoutingRequest Request
    {
        get
        {
            var providers = Models.GroupBy(model => model.Provider)
                .Select(group => new ProviderDefinition { Name = group.Key, Dialect = ProviderDialect.OpenAI, Models = [.. group] });
            var route = Route(new RouteDefinition { Name = "auto", Candidates = Models, Strategy = Strategy });
            return new RoutingRequest(
                new PolicySnapshot([.. providers], [route], VirtualKeys.Empty, "", Now) { Failover = new FailoverPolicy { BrownOut = BrownOut } },
                Name,
                Key: null,
                Profile,
                new ObservationView
                {
                    Models = Observed.ToFrozenDictionary(),
                    OutputLengths = OutputLengths.ToFrozenDictionary(),
                    Prefixes = Prefixes.ToFrozenDictionary(),
                },
                Pressure,
                Now);
        }
    }

    /// <summary>The plans of as many requests that differ in their fingerprints only.</summary>
    public IEnumerable<RoutePlan> Plans(int requests)
    {
        var request = Request;
        return Enumerable.Range(0, requests).Select(i => Router.Plan(request with { Profile = Prompt(10, fingerprint: (ulong)i) }).Plan!);
    }

    public RoutingDecision Decide() => Router.Plan(Request);

    public RoutePlan Plan() => Router.Plan(Request).Plan ?? throw new InvalidOperationException("There is no plan.");

    /// <summary>The plan's candidates, as <c>a/1 b/2</c>.</summary>
    public string Order() => string.Join(' ', Plan().Candidates.Select(model => model.QualifiedName));

    public CandidateScore Explain(string qualifiedName) => Router.Explain(Request).Scores.Single(score => score.Model.QualifiedName == qualifiedName);

    /// <summary>A model with a window of 100,000 tokens.</summary>
    /// <param name="qualifiedName"><c>provider/model</c>.</param>
    /// <param name="skill">Null for unknown.</param>
    /// <param name="price">Dollars per million tokens, input and output alike; null for unknown.</param>
    /// <param name="firstToken">Seconds; null for unknown.</param>
    /// <param name="window">Tokens.</param>
    public static ModelCard Model(
        string qualifiedName,
        double? skill = null,
        double? price = null,
        double? firstToken = null,
        int window = 100_000,
        ModelCapabilities capabilities = ModelCapabilities.None)
    {
        var parts = qualifiedName.Split('/', 2);
        return new ModelCard(parts[0], parts[1])
        {
            UpstreamModel = parts[1],
            ContextWindow = window,
            MaxOutputTokens = window,
            Capabilities = capabilities,
            Skills = skill is { } general ? new ModelSkills { General = general } : null,
            Prices = price is { } dollars ? new ModelPrices(Price(dollars), Price(dollars), Price(dollars)) : null,
            TypicalFirstToken = firstToken is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            TypicalTokensPerSecond = firstToken is null ? null : 100,
        };
    }

    public static TokenPrice Price(double dollarsPerMillion) => new((long)(dollarsPerMillion * 1e9));

    /// <summary>A prompt that every family counts as so many tokens.</summary>
    public static RequestProfile Prompt(int tokens, ModelCapabilities needs = ModelCapabilities.None, int? maxOutput = null, ulong fingerprint = 1) =>
        new() { Prompt = TextMeasure.OfTokens(tokens), Question = HardQuestion, Needs = needs, MaxOutputTokens = maxOutput, Fingerprint = fingerprint };
}
