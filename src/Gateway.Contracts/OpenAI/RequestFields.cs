using System.Text.Json;
using Gateway.Contracts.Errors;

namespace Gateway.Contracts.OpenAI;

/// <summary>The members of a request body while it is being read.</summary>
internal ref struct RequestFields
{
    /// <summary><c>max_completion_tokens</c> with every character escaped (<c>\u006d...</c>): however a name is spelled, it is recognised.</summary>
    private const int LongestKnownName = 21 * 6;

    private string? _model;
    private ByteSpan _modelValue;
    private bool _stream;
    private bool _includeUsage;
    private bool _streamOptionsIsNull;
    private ByteSpan? _streamOptionsValue;
    private ByteSpan? _includeUsageValue;
    private bool _hasInput;
    private uint _seen;
    private int _choices;
    private int? _messagesEnd;
    private LimitField? _maxTokens;
    private LimitField? _maxCompletionTokens;

    public required int FirstMember { get; init; }

    /// <summary>Reads the member whose name the reader stands on, and leaves the reader on the last token of its value.</summary>
    public void ReadMember(ref Utf8JsonReader reader, OpenAIEndpoint endpoint)
    {
        Span<char> buffer = stackalloc char[LongestKnownName];
        ReadOnlySpan<char> name = reader.ValueSpan.Length <= LongestKnownName ? buffer[..reader.CopyString(buffer)] : [];
        reader.Read();
        switch (name)
        {
            case "model":
                Once(0, "model");
                _modelValue = new ByteSpan((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
                _model = JsonField.RequiredString(ref reader, "model");
                break;
            case "messages" when endpoint == OpenAIEndpoint.ChatCompletions:
                Once(1, "messages");
                ReadMessages(ref reader);
                break;
            case "prompt" when endpoint == OpenAIEndpoint.Completions:
                Once(2, "prompt");
                JsonField.Require(ref reader, "prompt", "a string or an array", reader.TokenType is JsonTokenType.String or JsonTokenType.StartArray);
                _hasInput = true;
                reader.Skip();
                break;
            case "input" when endpoint == OpenAIEndpoint.Embeddings:
                Once(2, "input");
                EmbeddingInput.Check(ref reader);
                _hasInput = true;
                break;
            case "stream":
                Once(3, "stream");
                _stream = JsonField.Boolean(ref reader, "stream");
                RefuseStream(endpoint);
                break;
            case "encoding_format" when endpoint == OpenAIEndpoint.Embeddings:
                CheckEncoding(ref reader);
                break;
            case "dimensions" when endpoint == OpenAIEndpoint.Embeddings:
                JsonField.Integer(ref reader, "dimensions", minimum: 1);
                break;
            case "user" when endpoint == OpenAIEndpoint.Embeddings:
                JsonField.Optional(ref reader, name, "a string", JsonTokenType.String);
                break;
            case "stream_options":
                Once(4, "stream_options");
                ReadStreamOptions(ref reader);
                break;
            case "n" when endpoint != OpenAIEndpoint.Embeddings:
                Once(5, "n");
                _choices = (int)Math.Min(JsonField.Integer(ref reader, "n", minimum: 1) ?? 1, int.MaxValue);
                break;
            case "max_tokens":
                _maxTokens = LimitField.Read(ref reader, "max_tokens", minimum: endpoint == OpenAIEndpoint.Completions ? 0 : 1);
                break;
            case "max_completion_tokens":
                _maxCompletionTokens = LimitField.Read(ref reader, "max_completion_tokens", minimum: 1);
                break;
            case "top_logprobs":
                JsonField.Integer(ref reader, "top_logprobs", minimum: 0);
                break;
            case "seed":
                JsonField.Integer(ref reader, "seed", minimum: long.MinValue);
                break;
            case "temperature" or "top_p" or "presence_penalty" or "frequency_penalty":
                JsonField.Optional(ref reader, name, "a number", JsonTokenType.Number);
                break;
            case "tools":
                JsonField.Optional(ref reader, name, "an array", JsonTokenType.StartArray);
                break;
            case "response_format" or "logit_bias":
                JsonField.Optional(ref reader, name, "an object", JsonTokenType.StartObject);
                break;
            case "stop":
                JsonField.Optional(ref reader, name, "a string or an array of strings", JsonTokenType.String, JsonTokenType.StartArray);
                break;
            default:
                reader.Skip();
                break;
        }
    }

    public readonly OpenAIRequest ToRequest(OpenAIEndpoint endpoint, ReadOnlyMemory<byte> body)
    {
        if (_model is null)
        {
            throw new GatewayException(ErrorCode.CallerMissingField, "'model' is missing. Name a route such as \"auto\", or a model from GET /v1/models.", "model");
        }

        if (!_hasInput)
        {
            var name = endpoint switch
            {
                OpenAIEndpoint.ChatCompletions => "messages",
                OpenAIEndpoint.Completions => "prompt",
                _ => "input",
            };
            throw new GatewayException(ErrorCode.CallerMissingField, $"'{name}' is missing.", name);
        }

        return new OpenAIRequest
        {
            Endpoint = endpoint,
            Body = body,
            Model = _model,
            Stream = _stream,
            IncludeUsage = _includeUsage,
            Choices = Math.Max(_choices, 1),
            ModelValue = _modelValue,
            StreamOptionsValue = _streamOptionsValue,
            StreamOptionsIsNull = _streamOptionsIsNull,
            IncludeUsageValue = _includeUsageValue,
            FirstMember = FirstMember,
            MessagesEnd = _messagesEnd,
            MaxTokens = _maxTokens,
            MaxCompletionTokens = _maxCompletionTokens,
        };
    }

    private void ReadMessages(ref Utf8JsonReader reader)
    {
        JsonField.Require(ref reader, "messages", "an array", reader.TokenType == JsonTokenType.StartArray);
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ReadMessage(ref reader, count++);
        }

        if (count == 0)
        {
            throw new GatewayException(ErrorCode.CallerInvalidField, "'messages' is empty. Send at least one message.", "messages");
        }

        _messagesEnd = (int)reader.TokenStartIndex;
        _hasInput = true;
    }

    private static void ReadMessage(ref Utf8JsonReader reader, int index)
    {
        // Paths are formatted only for the error: a long conversation would otherwise pay for a string per message.
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw JsonField.WrongType($"messages[{index}]", "an object", reader.TokenType);
        }

        var hasRole = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("role"u8))
            {
                reader.Read();
                hasRole = reader.TokenType == JsonTokenType.String
                    ? true
                    : throw JsonField.WrongType($"messages[{index}].role", "a string", reader.TokenType);
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.StartArray or JsonTokenType.Null))
                {
                    throw JsonField.WrongType($"messages[{index}].content", "a string, an array of parts or null", reader.TokenType);
                }

                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }

        if (!hasRole)
        {
            throw new GatewayException(ErrorCode.CallerMissingField, $"'messages[{index}].role' is missing.", $"messages[{index}].role");
        }
    }

    private readonly void RefuseStream(OpenAIEndpoint endpoint)
    {
        if (_stream && endpoint == OpenAIEndpoint.Embeddings)
        {
            throw new GatewayException(ErrorCode.CallerInvalidField, "'stream' must be false: embeddings come in one piece.", "stream");
        }
    }

    private static void CheckEncoding(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Null
            && !(reader.TokenType == JsonTokenType.String && (reader.ValueTextEquals("float"u8) || reader.ValueTextEquals("base64"u8))))
        {
            throw new GatewayException(ErrorCode.CallerInvalidField, "'encoding_format' must be \"float\" or \"base64\".", "encoding_format");
        }

        reader.Skip();
    }

    private void ReadStreamOptions(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        _streamOptionsIsNull = reader.TokenType == JsonTokenType.Null;
        JsonField.Require(ref reader, "stream_options", "an object", reader.TokenType is JsonTokenType.StartObject or JsonTokenType.Null);
        if (!_streamOptionsIsNull)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isIncludeUsage = reader.ValueTextEquals("include_usage"u8);
                reader.Read();
                if (isIncludeUsage)
                {
                    Once(6, "stream_options.include_usage");
                    _includeUsageValue = new ByteSpan((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
                    _includeUsage = JsonField.Boolean(ref reader, "stream_options.include_usage");
                }

                reader.Skip();
            }
        }

        _streamOptionsValue = new ByteSpan(start, (int)reader.BytesConsumed - start);
    }

    /// <summary>A second member of the same name would be read differently by us and by the provider behind us.</summary>
    private void Once(int field, string name)
    {
        var bit = 1u << field;
        if ((_seen & bit) != 0)
        {
            throw new GatewayException(ErrorCode.CallerInvalidField, $"'{name}' stands twice in the request. Send it once.", name);
        }

        _seen |= bit;
    }
}
