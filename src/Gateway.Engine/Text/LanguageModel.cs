using System.Runtime.CompilerServices;
using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Text;

/// <summary>A checkpoint with its tokenizer and chat template: conversations or text in, text out.</summary>
public sealed class LanguageModel : IAsyncDisposable
{
    private readonly ChatTemplate? _template;
    private readonly PromptGuard _guard;
    private readonly string _bos;
    private readonly string _eos;

    private LanguageModel(InferenceEngine engine, Tokenizer tokenizer, ChatTemplate? template, GenerationDefaults defaults)
    {
        Engine = engine;
        Tokenizer = tokenizer;
        Defaults = defaults;
        _template = template;
        _guard = new PromptGuard(tokenizer);
        _bos = engine.Model.BosTokenId is { } bos ? tokenizer.TokenOf(bos) ?? "" : "";
        _eos = engine.Model.EosTokenIds is [var eos, ..] ? tokenizer.TokenOf(eos) ?? "" : "";
    }

    public InferenceEngine Engine { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>How the checkpoint's makers want it sampled.</summary>
    public GenerationDefaults Defaults { get; }

    /// <summary>Loads a model: weights, tokenizer, chat template, sampling defaults, from a folder or a GGUF file.</summary>
    /// <param name="options">What the operator decides.</param>
    /// <param name="progress">Told which share of the weights is loaded, from 0 to 1; may be null.</param>
    /// <exception cref="EngineException">Something of the model is missing or damaged; the message names it.</exception>
    /// <exception cref="TokenizerFormatException">The tokenizer is missing or damaged.</exception>
    /// <exception cref="ChatTemplateException">The chat template is malformed.</exception>
    public static LanguageModel Load(EngineOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        options.Validate();
        using var files = ModelFiles.Open(options.ModelPath);
        var tokenizer = files.ReadTokenizer();
        var template = files.FindChatTemplate();
        var defaults = files.ReadDefaults();
        var engine = InferenceEngine.Load(options, files, tokenizer, progress, cancellationToken);
        if (template is null && engine.Model.Family == DeepSeekV2Config.ModelType)
        {
            template = DeepSeekV2Template.Instance;
        }

        return new LanguageModel(engine, tokenizer, template, defaults);
    }

    /// <summary>
    /// The prompt of a conversation. Only the template opens and closes turns: control tokens that a caller spells out are encoded as the
    /// plain text that they are.
    /// </summary>
    /// <param name="messages">OpenAI messages, an array.</param>
    /// <param name="extra">Further variables of the template, such as <c>enable_thinking</c>.</param>
    /// <param name="now">The date that templates may print.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or there is none.</exception>
    /// <exception cref="ChatMessageException">A message has a form that templates cannot take.</exception>
    public int[] EncodeChat(JsonElement messages, IReadOnlyDictionary<string, JsonElement> extra, DateTimeOffset now) =>
        _guard.Encode(Template.Render(new ChatTemplateInput
        {
            Messages = ChatMessages.Normalize(messages),
            AddGenerationPrompt = true,
            BosToken = _bos,
            EosToken = _eos,
            Extra = extra,
            Now = now,
            ShieldText = _guard.Shield,
        }));

    /// <summary>The beginning of an answer, to stand behind a rendered conversation: what looks like a control token in it is plain text.</summary>
    public int[] EncodeAnswer(string text) => Tokenizer.Encode(text, AddedTokens.Plain);

    /// <summary>A raw prompt: control tokens in it count, and BOS is added where the tokenizer says so.</summary>
    public int[] EncodeText(string prompt) => Tokenizer.Encode(prompt, AddedTokens.Recognize, addSpecialTokens: true);

    /// <summary>Generates text token by token; ends at a stop string as well as at the engine's own limits.</summary>
    /// <param name="request">What to generate from.</param>
    /// <param name="stops">Stop strings; they are not part of the text.</param>
    public async IAsyncEnumerable<TextDelta> GenerateAsync(
        TokenRequest request, IReadOnlyList<string> stops, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var decoder = Tokenizer.CreateStreamingDecoder(skipSpecialTokens: true);
        var filter = new StopStrings(stops);
        await foreach (var token in Engine.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
        {
            // The token that ends an answer is not part of its text.
            var piece = token.Finish == FinishReason.Stop ? "" : decoder.Next(token.Id);
            var text = filter.Next(token.Finish is null ? piece : piece + decoder.Flush());
            if (filter.IsStopped)
            {
                yield return new TextDelta(text, token, FinishReason.Stop);
                yield break;
            }

            yield return new TextDelta(token.Finish is null ? text : text + filter.Flush(), token, token.Finish);
        }
    }

    private ChatTemplate Template =>
        _template ?? throw new ChatTemplateException($"The model {Engine.Model.Name} has no chat template; it can only continue texts (/v1/completions).");

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
