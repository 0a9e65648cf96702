using System.Runtime.CompilerServices;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Text;

/// <summary>A checkpoint with its tokenizer and chat template: conversations or text in, text out.</summary>
public sealed class LanguageModel : IAsyncDisposable
{
    private readonly ChatDialect? _dialect;

    private LanguageModel(InferenceEngine engine, Tokenizer tokenizer, ChatTemplate? template, GenerationDefaults defaults)
    {
        Engine = engine;
        Tokenizer = tokenizer;
        Defaults = defaults;
        var bos = engine.Model.BosTokenId is { } begin ? tokenizer.TokenOf(begin) ?? "" : "";
        var eos = engine.Model.EosTokenIds is [var end, ..] ? tokenizer.TokenOf(end) ?? "" : "";
        _dialect = template is null ? null : new ChatDialect(template, tokenizer, bos, eos);
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
        var engine = InferenceEngine.Load(options, files, progress, cancellationToken);
        if (template is null && engine.Model.Family == DeepSeekV2Config.ModelType)
        {
            template = DeepSeekV2Template.Instance;
        }

        return new LanguageModel(engine, tokenizer, template, defaults);
    }

    /// <summary>Whether functions can be offered: the model chats, and the form in which it calls functions is known.</summary>
    public bool TakesTools => _dialect is { TakesTools: true };

    /// <summary>Whether answers may begin with reasoning: the vocabulary has marks for it.</summary>
    public bool Reasons => _dialect is { Reasons: true };

    /// <summary>
    /// The prompt of a conversation, and how its answer is to be read. Only the template opens and closes turns: control tokens that a caller
    /// spells out are encoded as the plain text that they are.
    /// </summary>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or there is none.</exception>
    /// <exception cref="ChatMessageException">A message has a form that templates cannot take.</exception>
    public ChatTurn Begin(Conversation conversation) =>
        _dialect is { } dialect
            ? dialect.Begin(conversation)
            : throw new ChatTemplateException($"The model {Engine.Model.Name} has no chat template; it can only continue texts (/v1/completions).");

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

    /// <summary>Generates the answer to a conversation token by token, taken apart into reasoning, content and calls.</summary>
    /// <param name="turn">The conversation.</param>
    /// <param name="request">How to generate; its prompt is that of <paramref name="turn"/>.</param>
    /// <param name="stops">Stop strings; they end the content and are not part of it.</param>
    public async IAsyncEnumerable<ChatDelta> ChatAsync(
        ChatTurn turn, TokenRequest request, IReadOnlyList<string> stops, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var reader = turn.CreateReader(stops);
        await foreach (var token in Engine.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
        {
            var delta = reader.Next(token);
            yield return delta;
            if (delta.Finish is not null)
            {
                yield break;
            }
        }
    }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
