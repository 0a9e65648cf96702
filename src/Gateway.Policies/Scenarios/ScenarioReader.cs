using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads the scenarios of a file.</summary>
internal sealed class ScenarioReader(PolicySnapshot policies)
{
    private const int MaxBefore = 100_000;
    private const int MaxTokens = 1_000_000;
    private const string Example = "Write '- name: ...' with request and expect";

    private static readonly ImmutableArray<(string Name, ModelCapabilities Value)> NeedNames =
    [
        ("tools", ModelCapabilities.Tools), ("vision", ModelCapabilities.Vision), ("json_schema", ModelCapabilities.JsonSchema),
        ("json_object", ModelCapabilities.JsonObject), ("logprobs", ModelCapabilities.Logprobs),
    ];

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>The scenarios of a file; what is wrong with them is reported.</summary>
    public IEnumerable<Scenario> Read(string file, Section root)
    {
        root.RefuseOthers("scenarios");
        var items = root.Require("scenarios", Example)?.AsList() ?? [];
        return items.SelectMany(item => item.AsSection() is { } section ? ReadScenario(file, section) : []).ToList();
    }

    private IEnumerable<Scenario> ReadScenario(string file, Section section)
    {
        section.RefuseOthers("name", "request", "models", "faults", "before", "everySeconds", "expect");
        var name = section.Require("name", "Write what it shows") is { } field ? ReadName(field) : null;
        var request = section.Require("request", "Write the request, such as { model: auto }")?.AsSection() is { } wanted ? ReadRequest(wanted) : null;
        var models = section.Find("models")?.AsSection() is { } timings ? ReadModels(timings) : [];
        var faults = section.Find("faults")?.AsList() is { } list ? list.Select(ReadFault).OfType<ScenarioFault>().ToImmutableArray() : [];
        var before = section.Find("before")?.AsInteger(0, MaxBefore) ?? 0;
        var every = section.Find("everySeconds")?.AsSeconds() ?? TimeSpan.FromSeconds(1);
        var expect = section.Require("expect", "Write what is to happen, such as { status: 200 }")?.AsSection() is { } wish
            ? new ExpectationReader(policies).Read(wish)
            : null;
        if (name is null || request is null || expect is null)
        {
            return [];
        }

        var (asked, modes) = request.Value;
        return modes.Select(stream => new Scenario
        {
            File = file,
            Name = modes.Length > 1 ? $"{name} ({(stream ? "stream" : "whole")})" : name,
            Request = asked with { Stream = stream },
            Models = models,
            Faults = faults,
            Before = before,
            Every = every,
            Expect = expect,
        });
    }

    private string? ReadName(Field field)
    {
        var name = field.AsText();
        if (name is not null && !_names.Add(name))
        {
            field.Error($"{Quote.Of(name)} names another scenario already.", "Give each its own name");
        }

        return name;
    }

    private (ScenarioRequest Request, ImmutableArray<bool> Modes)? ReadRequest(Section section)
    {
        section.RefuseOthers("model", "stream", "prompt", "promptTokens", "maxTokens", "needs", "key");
        if (section.Require("model", "Name a route or a model") is not { } field || field.AsText() is not { } model)
        {
            return null;
        }

        if (policies.FindRoute(model) is null && policies.FindModel(model) is null && policies.FindModelsNamed(model).IsEmpty)
        {
            field.Error($"{Quote.Of(model)} is no route and no model.", Suggestion.Closest(model, policies.Routes.Select(route => route.Name)) is { } meant
                ? $"Did you mean {Quote.Of(meant)}?"
                : "Name a route or a model");
        }

        var usual = new ScenarioRequest { Model = model };
        return (usual with
        {
            Prompt = section.Find("prompt")?.AsText() ?? usual.Prompt,
            PromptTokens = section.Find("promptTokens")?.AsInteger(1, MaxTokens),
            MaxTokens = section.Find("maxTokens")?.AsInteger(1, MaxTokens),
            Needs = section.Find("needs")?.AsList() is { } needs
                ? needs.Aggregate(ModelCapabilities.None, static (all, need) => all | (need.AsOneOf(NeedNames) ?? ModelCapabilities.None))
                : ModelCapabilities.None,
            Key = section.Find("key") is { } key ? ReadKey(key) : null,
        }, ReadModes(section));
    }

    /// <summary><c>stream: both</c> makes two scenarios of one.</summary>
    private static ImmutableArray<bool> ReadModes(Section section) =>
        section.Find("stream") is { } stream
            ? stream.AsOneOf<int>([("true", 1), ("false", 0), ("both", 2)]) switch { 0 => [false], 2 => [true, false], _ => [true] }
            : [true];

    private string? ReadKey(Field field)
    {
        var id = field.AsText();
        if (id is not null && policies.Keys.All.All(key => key.Id != id))
        {
            field.Error($"{Quote.Of(id)} is no key of keys.yaml.", "Name the id of a virtual key");
        }

        return id;
    }

    /// <summary>Providers before models, so that what is said of a model holds.</summary>
    private ImmutableArray<ScenarioModel> ReadModels(Section section)
    {
        var models = section.Entries.Select(entry => ReadModel(entry.Name, entry.Value)).OfType<ScenarioModel>();
        return [.. models.OrderBy(static model => model.Target.Model is null ? 0 : 1)];
    }

    private ScenarioModel? ReadModel(Field name, Field value)
    {
        var target = FaultTargetReader.Read(name, policies);
        if (value.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("firstTokenSeconds", "tokensPerSecond", "tokens");
        var firstToken = section.Find("firstTokenSeconds")?.AsSeconds();
        var speed = section.Find("tokensPerSecond")?.AsPositiveNumber(MaxTokens);
        var tokens = section.Find("tokens")?.AsInteger(1, MaxTokens);
        return target is null ? null : new ScenarioModel(target, firstToken, speed, tokens);
    }

    private ScenarioFault? ReadFault(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        var target = section.Require("on", "Name a provider, or provider/model") is { } on ? FaultTargetReader.Read(on, policies) : null;
        var fault = FaultReader.Read(section, "on");
        return target is not null && fault is not null ? new ScenarioFault(target, fault) : null;
    }
}
