using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads one model of a provider.</summary>
internal static class ModelCardReader
{
    private const int MaxTokens = 100_000_000;
    private const int MaxTokensPerSecond = 1_000_000;

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
        ("embeddings", ModelCapabilities.Embeddings),
    ];

    private static readonly ImmutableArray<(string Name, TokenizerFamily Value)> Tokenizers =
    [
        ("generic", TokenizerFamily.Generic),
        ("openai", TokenizerFamily.OpenAI),
        ("claude", TokenizerFamily.Claude),
        ("gemini", TokenizerFamily.Gemini),
        ("llama3", TokenizerFamily.Llama3),
        ("qwen", TokenizerFamily.Qwen),
        ("deepseek-v2", TokenizerFamily.DeepSeekV2),
        ("deepseek-v3", TokenizerFamily.DeepSeekV3),
    ];

    private static readonly ImmutableArray<(string Name, PrefillDialect Value)> Prefills =
    [
        ("none", PrefillDialect.None),
        ("plain", PrefillDialect.Plain),
        ("prefix", PrefillDialect.Prefix),
        ("continue_final_message", PrefillDialect.ContinueFinalMessage),
    ];

    private static readonly ImmutableArray<(string Name, ModelKind Value)> Kinds = [("chat", ModelKind.Chat), ("embedding", ModelKind.Embedding)];

    private static readonly ImmutableArray<(string Name, PoolingMode Value)> Poolings = [("mean", PoolingMode.Mean), ("last", PoolingMode.Last)];

    /// <summary>Keys that say something about generated text.</summary>
    private static readonly string[] GenerationKeys = ["maxOutputTokens", "skills", "typicalFirstTokenSeconds", "typicalTokensPerSecond", "prefill"];

    /// <summary>The card, or null when it has an error without which it cannot be made.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="dialect">Its dialect; null when that is not known.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="field">Its settings.</param>
    public static ModelCard? Read(string provider, ProviderDialect? dialect, string name, Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers(
            "upstreamModel", "contextWindow", "maxOutputTokens", "capabilities", "prices", "skills",
            "typicalFirstTokenSeconds", "typicalTokensPerSecond", "tokenizer", "prefill", "kind", "pooling", "adapter");
        var upstreamModel = section.Find("upstreamModel")?.AsText();
        const string WindowFix = "Write the tokens of prompt and answer together, such as 128000";
        var contextWindow = section.Require("contextWindow", WindowFix)?.AsInteger(1, MaxTokens);
        var maxOutputTokens = section.Find("maxOutputTokens") is { } output ? ReadMaxOutputTokens(output, contextWindow) : null;
        var kind = section.Find("kind")?.AsOneOf(Kinds) ?? ModelKind.Chat;
        var capabilities = section.Find("capabilities") is { } list ? ReadCapabilities(list) : ModelCapabilities.None;
        if (kind == ModelKind.Embedding)
        {
            CheckEmbeddingOnly(section, capabilities);
            capabilities |= ModelCapabilities.Embeddings;
        }

        var prices = section.Find("prices") is { } costs ? ReadPrices(costs, kind) : null;
        if (section.Find("prices") is null)
        {
            field.Warning(
                "The model has no prices, so its requests have no known cost.",
                "Write prices: { input: 0.25, output: 2 } in US dollars per million tokens, zeros if it is free");
        }

        var skills = section.Find("skills") is { } shares ? ReadSkills(shares) : null;
        var typicalFirstToken = section.Find("typicalFirstTokenSeconds")?.AsSeconds();
        var typicalTokensPerSecond = section.Find("typicalTokensPerSecond")?.AsPositiveNumber(MaxTokensPerSecond);
        var tokenizer = section.Find("tokenizer")?.AsOneOf(Tokenizers);
        var prefill = section.Find("prefill")?.AsOneOf(Prefills);
        var pooling = section.Find("pooling")?.AsOneOf(Poolings);
        var adapter = section.Find("adapter")?.AsText();
        if (dialect is not (null or ProviderDialect.Local))
        {
            section.RefuseEach(["adapter"], "A provider knows its own adapters.", "Write their name as upstreamModel; the key is for models of the engine in this process");
            section.RefuseEach(["pooling"], "A provider pools as its model is made for.", "Remove the key; it is for models of the engine in this process");
        }
        else if (!capabilities.HasFlag(ModelCapabilities.Embeddings))
        {
            section.Find("pooling")?.Warning("It is not used: the model does not embed.", "Remove it, or write embeddings among the capabilities");
        }

        return contextWindow is { } window
            ? new ModelCard(provider, name)
            {
                UpstreamModel = upstreamModel ?? name,
                ContextWindow = window,
                MaxOutputTokens = maxOutputTokens ?? window,
                Capabilities = capabilities,
                Prices = prices,
                Skills = skills,
                TypicalFirstToken = typicalFirstToken,
                TypicalTokensPerSecond = typicalTokensPerSecond,
                Tokenizer = tokenizer ?? TokenizerFamily.Generic,
                Prefill = prefill ?? PrefillDialect.None,
                Kind = kind,
                Pooling = pooling,
                Adapter = adapter,
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

    /// <summary>What generates no text needs no key that is about text, and can have none of the capabilities.</summary>
    private static void CheckEmbeddingOnly(Section section, ModelCapabilities capabilities)
    {
        const string Message = "An embedding model generates no text.";
        section.RefuseEach(GenerationKeys, Message, "Remove the key, or write kind: chat");
        if ((capabilities & ~ModelCapabilities.Embeddings) != ModelCapabilities.None)
        {
            section.Find("capabilities")!.Value.Error(Message, "Write none but embeddings, which kind: embedding implies, or write kind: chat");
        }
    }

    private static ModelPrices? ReadPrices(Field field, ModelKind kind)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        if (kind == ModelKind.Embedding)
        {
            section.RefuseOthers("input");
            var text = section.Require("input", "Write US dollars per million tokens, such as 0.02, or remove 'prices' if they are not known")?.AsPrice();
            return text is { } of ? new ModelPrices(of, of, default) : null;
        }

        section.RefuseOthers("input", "cachedInput", "output");
        const string Fix = "Write US dollars per million tokens, such as 0.25, or remove 'prices' if they are not known";
        var input = section.Require("input", Fix)?.AsPrice();
        var cachedInput = section.Find("cachedInput")?.AsPrice();
        var output = section.Require("output", Fix)?.AsPrice();
        return input is { } price && output is { } answer ? new ModelPrices(price, cachedInput ?? price, answer) : null;
    }

    private static ModelSkills? ReadSkills(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("general", "code", "math", "reasoning", "languages");
        const string Fix = "Write the share of good answers on mixed tasks, such as 0.7, or remove 'skills' if it is not known";
        var general = section.Require("general", Fix)?.AsNumber(0, 1);
        var code = section.Find("code")?.AsNumber(0, 1);
        var math = section.Find("math")?.AsNumber(0, 1);
        var reasoning = section.Find("reasoning")?.AsNumber(0, 1);
        var languages = section.Find("languages")?.AsNumber(0, 1);
        return general is { } share
            ? new ModelSkills { General = share, Code = code, Math = math, Reasoning = reasoning, Languages = languages }
            : null;
    }
}
