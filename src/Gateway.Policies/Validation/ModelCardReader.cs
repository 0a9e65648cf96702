using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads one model of a provider.</summary>
internal static class ModelCardReader
{
    private const int MaxTokens = 100_000_000;

    private static readonly ImmutableArray<(string Name, ModelCapabilities Value)> Capabilities =
    [
        ("tools", ModelCapabilities.Tools),
        ("vision", ModelCapabilities.Vision),
        ("audio", ModelCapabilities.Audio),
        ("json_schema", ModelCapabilities.JsonSchema),
        ("json_object", ModelCapabilities.JsonObject),
        ("logprobs", ModelCapabilities.Logprobs),
        ("reasoning", ModelCapabilities.Reasoning),
        ("n", ModelCapabilities.MultipleChoices),
        ("completions", ModelCapabilities.Completions),
    ];

    /// <summary>The card, or null when it has an error without which it cannot be made.</summary>
    public static ModelCard? Read(string provider, string name, Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("upstreamModel", "contextWindow", "maxOutputTokens", "capabilities", "prices");
        var upstreamModel = section.Find("upstreamModel")?.AsText();
        const string WindowFix = "Write the tokens of prompt and answer together, such as 128000";
        var contextWindow = section.Require("contextWindow", WindowFix)?.AsInteger(1, MaxTokens);
        var maxOutputTokens = section.Find("maxOutputTokens") is { } output ? ReadMaxOutputTokens(output, contextWindow) : null;
        var capabilities = section.Find("capabilities") is { } list ? ReadCapabilities(list) : ModelCapabilities.None;
        var prices = section.Find("prices") is { } costs ? ReadPrices(costs) : null;
        if (section.Find("prices") is null)
        {
            field.Warning(
                "The model has no prices, so its requests have no known cost.",
                "Write prices: { input: 0.25, output: 2 } in US dollars per million tokens, zeros if it is free");
        }

        return contextWindow is { } window
            ? new ModelCard(provider, name)
            {
                UpstreamModel = upstreamModel ?? name,
                ContextWindow = window,
                MaxOutputTokens = maxOutputTokens ?? window,
                Capabilities = capabilities,
                Prices = prices,
            }
            : null;
    }

    private static int? ReadMaxOutputTokens(Field field, int? contextWindow)
    {
        var tokens = field.AsInteger(1, MaxTokens);
        if (tokens > contextWindow)
        {
            field.Error(
                $"{tokens} is more than the context window of {contextWindow}.",
                $"Write at most {contextWindow}, or remove the key");
        }

        return tokens;
    }

    private static ModelCapabilities ReadCapabilities(Field field)
    {
        var all = ModelCapabilities.None;
        foreach (var item in field.AsList() ?? [])
        {
            if (item.AsOneOf(Capabilities) is not { } capability)
            {
                continue;
            }

            if (all.HasFlag(capability))
            {
                item.Error("The capability is listed a second time.", "Remove it");
            }

            all |= capability;
        }

        return all;
    }

    private static ModelPrices? ReadPrices(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("input", "cachedInput", "output");
        const string Fix = "Write US dollars per million tokens, such as 0.25, or remove 'prices' if they are not known";
        var input = section.Require("input", Fix)?.AsPrice();
        var cachedInput = section.Find("cachedInput")?.AsPrice();
        var output = section.Require("output", Fix)?.AsPrice();
        return input is { } price && output is { } answer ? new ModelPrices(price, cachedInput ?? price, answer) : null;
    }
}
