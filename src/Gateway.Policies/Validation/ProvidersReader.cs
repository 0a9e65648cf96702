using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads <c>providers.yaml</c>.</summary>
internal sealed class ProvidersReader(IEnvironment environment, PolicySources sources)
{
    private const string Example = "Write at least one provider, such as 'local: { dialect: local, models: ... }'";

    private static readonly ImmutableArray<(string Name, ProviderDialect Value)> Dialects =
    [
        ("local", ProviderDialect.Local),
        ("openai", ProviderDialect.OpenAI),
    ];

    private readonly UpstreamReader _upstreams = new(environment, sources);
    private readonly Dictionary<string, ModelCard?> _models = new(StringComparer.Ordinal);
    private readonly HashSet<string> _bareNames = new(StringComparer.Ordinal);

    public DeclaredProviders Read(Section file)
    {
        file.RefuseOthers("providers");
        var providers = ImmutableArray.CreateBuilder<ProviderDefinition>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (file.Require("providers", Example) is { } field && field.AsSection() is { } section)
        {
            foreach (var (key, name, value) in section.Entries)
            {
                if (!Names.IsProvider(key))
                {
                    name.Error($"{Quote.Of(key)} cannot name a provider.", Names.ProviderRule);
                }

                names.Add(key);
                if (ReadProvider(key, value) is { } provider)
                {
                    providers.Add(provider);
                }
            }

            if (!section.Entries.Any())
            {
                field.Error("There is no provider.", Example);
            }
        }

        return new DeclaredProviders(providers.ToImmutable(), names, _models, _bareNames);
    }

    private ProviderDefinition? ReadProvider(string name, Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers(["dialect", "models", .. UpstreamReader.Keys]);
        var dialectFix = $"Write one of {string.Join(", ", Dialects.Select(choice => choice.Name))}";
        var dialect = section.Require("dialect", dialectFix)?.AsOneOf(Dialects);
        UpstreamDefinition? upstream = null;
        if (dialect == ProviderDialect.Local)
        {
            const string Message = "The local provider is this process: there is nothing to connect to.";
            section.RefuseEach(UpstreamReader.Keys, Message, "Remove the key");
        }
        else if (dialect is not null || section.Find("baseUrl") is not null)
        {
            upstream = _upstreams.Read(name, section);
        }

        var models = ReadModels(name, dialect, section);
        return dialect is { } known
            ? new ProviderDefinition { Name = name, Dialect = known, Upstream = upstream, Models = models }
            : null;
    }

    private ImmutableArray<ModelCard> ReadModels(string provider, ProviderDialect? dialect, Section section)
    {
        const string Fix = "Write at least one, such as 'gpt-5-mini: { contextWindow: 400000 }'";
        var cards = ImmutableArray.CreateBuilder<ModelCard>();
        if (section.Require("models", Fix) is { } field && field.AsSection() is { } models)
        {
            foreach (var (key, name, value) in models.Entries)
            {
                if (!Names.IsModel(key))
                {
                    name.Error($"{Quote.Of(key)} cannot name a model.", Names.ModelRule);
                }

                var card = ModelCardReader.Read(provider, dialect, key, value);
                _models.TryAdd($"{provider}/{key}", card);
                _bareNames.Add(key);
                if (card is not null)
                {
                    cards.Add(card);
                }
            }

            if (!models.Entries.Any())
            {
                field.Error("There is no model.", Fix);
            }
        }

        return cards.ToImmutable();
    }
}
