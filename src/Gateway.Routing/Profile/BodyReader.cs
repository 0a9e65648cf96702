using System.Text.Json;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Reads what a profile needs from a request body. Members of another type than expected count as nothing.</summary>
internal ref struct BodyReader : IDisposable
{
    /// <summary>That of the front door.</summary>
    public const int MaxDepth = 128;

    /// <summary>A plain prompt has no messages; its turns share a beginning at least as long as this.</summary>
    private const int PromptPrefixBytes = 1024;

    private readonly OpenAIEndpoint _endpoint;
    private readonly ReadOnlySpan<byte> _body;
    private Utf8JsonReader _json;
    private ConversationReader _conversation;
    private PromptText _text;

    /// <summary>What stands in front of the conversation: tools and schemas.</summary>
    private TextCounter _frame;
    private ulong _toolsHash;
    private ulong _promptHash;

    public BodyReader(ReadOnlySpan<byte> body, OpenAIEndpoint endpoint)
    {
        _body = body;
        _endpoint = endpoint;
        _json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        _conversation = new ConversationReader();
    }

    /// <summary>Apart from those that follow from the endpoint and the number of choices.</summary>
    public ModelCapabilities Needs { get; private set; }

    public int? MaxTokens { get; private set; }

    public int? MaxCompletionTokens { get; private set; }

    /// <summary><c>best_of</c>: answers that are generated, of which the best are returned. 0 when absent.</summary>
    public int BestOf { get; private set; }

    /// <summary>How many plain prompts there are; 0 for a conversation.</summary>
    public int Prompts { get; private set; }

    /// <summary>The JSON of the text that the difficulty is judged by; empty when there is none.</summary>
    public ReadOnlySpan<byte> Question { get; private set; }

    public readonly TextMeasure Prompt() => _frame.ToMeasure() + _text.Measure();

    public readonly ulong PrefixHash() => StableHash.Combine(StableHash.Combine(_toolsHash, _text.PrefixHash), _promptHash);

    public readonly double PrefixShare()
    {
        double all = TokenEstimator.Estimate(Prompt(), TokenizerFamily.Generic);
        return all > 0 && _conversation.Prefix is { } prefix
            ? Math.Min(1, TokenEstimator.Estimate(_frame.ToMeasure() + prefix, TokenizerFamily.Generic) / all)
            : 0;
    }

    public void Read()
    {
        _json.Read();
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            ReadMember();
        }

        Needs |= _text.Needs;
    }

    public void Dispose() => _text.Dispose();

    private void ReadMember()
    {
        bool isChat = _endpoint == OpenAIEndpoint.ChatCompletions;
        if (_endpoint == OpenAIEndpoint.Embeddings)
        {
            ReadEmbeddingMember();
        }
        else if (isChat && Is("messages"u8))
        {
            _json.Read();
            _conversation.Read(ref _json, ref _text);
            Question = _body[_conversation.Question];
        }
        else if (!isChat && Is("prompt"u8))
        {
            ReadPrompt();
        }
        else if (!isChat && Is("suffix"u8))
        {
            _json.Read();
            _text.AddText(ref _json);
        }
        else if (Is("tools"u8) || Is("functions"u8))
        {
            ReadTools();
        }
        else if (Is("response_format"u8))
        {
            ReadFormat();
        }
        else if (Is("structured_outputs"u8))
        {
            ReadStructuredOutputs();
        }
        else
        {
            ReadSetting(isChat);
        }
    }

    /// <summary>Of embeddings only the texts count: nothing is generated, and nothing of it is hard or easy.</summary>
    private void ReadEmbeddingMember()
    {
        if (Is("input"u8))
        {
            _json.Read();
            _text.EndPrefix();
            Prompts = PlainPrompts.Read(ref _json, ref _text);
        }
        else
        {
            _json.Skip();
        }
    }

    private void ReadSetting(bool isChat)
    {
        if (Is("max_tokens"u8))
        {
            MaxTokens = ReadCount();
        }
        else if (Is("max_completion_tokens"u8))
        {
            MaxCompletionTokens = ReadCount();
        }
        else if (!isChat && Is("best_of"u8))
        {
            BestOf = ReadCount() ?? 0;
        }
        else if (Is("logprobs"u8))
        {
            _json.Read();
            Need(ModelCapabilities.Logprobs, isChat ? _json.TokenType == JsonTokenType.True : _json.TokenType == JsonTokenType.Number);
            _json.Skip();
        }
        else if (Is("top_logprobs"u8))
        {
            Need(ModelCapabilities.Logprobs, ReadCount() > 0);
        }
        else if (isChat && Is("reasoning_effort"u8))
        {
            _json.Read();
            Need(ModelCapabilities.Reasoning, _json.TokenType == JsonTokenType.String && !Is("none"u8));
            _json.Skip();
        }
        else if (isChat && Is("modalities"u8))
        {
            ReadModalities();
        }
        else if (isChat && Is("audio"u8))
        {
            _json.Read();
            Need(ModelCapabilities.Audio, _json.TokenType == JsonTokenType.StartObject);
            _json.Skip();
        }
        else
        {
            _json.Skip();
        }
    }

    private void ReadPrompt()
    {
        _json.Read();
        int start = (int)_json.TokenStartIndex;
        _text.EndPrefix();
        Prompts = PlainPrompts.Read(ref _json, ref _text);
        Question = _body[start..(int)_json.BytesConsumed];
        _promptHash = StableHash.Of(Question[..Math.Min(Question.Length, PromptPrefixBytes)]);
    }

    private void ReadTools()
    {
        _json.Read();
        int start = (int)_json.TokenStartIndex;
        bool isArray = _json.TokenType == JsonTokenType.StartArray;
        bool hasItems = isArray && _json.Read() && _json.TokenType != JsonTokenType.EndArray;
        while (isArray && _json.TokenType != JsonTokenType.EndArray)
        {
            _json.Skip();
            _json.Read();
        }

        _json.Skip();
        if (hasItems)
        {
            var tools = _body[start..(int)_json.BytesConsumed];
            Needs |= ModelCapabilities.Tools;
            _frame.AddJson(tools);
            _toolsHash = StableHash.Of(tools, _toolsHash);
        }
    }

    private void ReadFormat()
    {
        _json.Read();
        int start = (int)_json.TokenStartIndex;
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            return;
        }

        bool hasSchema = false;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = Is("type"u8);
            _json.Read();
            if (isType && _json.TokenType == JsonTokenType.String)
            {
                hasSchema |= Is("json_schema"u8);
                Need(ModelCapabilities.JsonObject, Is("json_object"u8));
            }

            _json.Skip();
        }

        if (hasSchema)
        {
            Needs |= ModelCapabilities.JsonSchema;
            _frame.AddJson(_body[start..(int)_json.BytesConsumed]);
        }
    }

    /// <summary>vLLM's field. Its schemas are no part of the prompt.</summary>
    private void ReadStructuredOutputs()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            return;
        }

        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            // Whoever holds an answer to a schema does so by a grammar, which an expression or a choice is too.
            var need = Is("json_object"u8) ? ModelCapabilities.JsonObject
                : Is("json"u8) || Is("regex"u8) || Is("choice"u8) || Is("grammar"u8) ? ModelCapabilities.JsonSchema
                : ModelCapabilities.None;
            _json.Read();
            Need(need, _json.TokenType is not (JsonTokenType.Null or JsonTokenType.False));
            _json.Skip();
        }
    }

    private void ReadModalities()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _json.Skip();
            return;
        }

        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            Need(ModelCapabilities.Audio, _json.TokenType == JsonTokenType.String && Is("audio"u8));
            _json.Skip();
        }
    }

    /// <summary>A whole number from 0 on, at most what an <see langword="int"/> holds; null for anything else.</summary>
    private int? ReadCount()
    {
        _json.Read();
        int? count = _json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out long value) && value >= 0 ? (int)Math.Min(value, int.MaxValue) : null;
        _json.Skip();
        return count;
    }

    private void Need(ModelCapabilities need, bool condition) => Needs |= condition ? need : ModelCapabilities.None;

    private bool Is(ReadOnlySpan<byte> name) => JsonName.Is(ref _json, name);
}
