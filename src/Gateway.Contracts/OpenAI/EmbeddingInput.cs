using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;

namespace Gateway.Contracts.OpenAI;

/// <summary>Checks the <c>input</c> of an embeddings request: a string, token ids, or an array of either.</summary>
internal static class EmbeddingInput
{
    private const string Expected = "a string, an array of strings, an array of token ids or an array of arrays of token ids";

    /// <summary>Leaves the reader on the last token of the value.</summary>
    /// <exception cref="GatewayException">It is something else, or an item is; the error names the item.</exception>
    public static void Check(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            RefuseEmpty("input", reader.ValueSpan.IsEmpty);
            return;
        }

        JsonField.Require(ref reader, "input", Expected, reader.TokenType == JsonTokenType.StartArray);
        var (count, kind) = (0, JsonTokenType.None);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number or JsonTokenType.StartArray)
                || (kind != JsonTokenType.None && kind != reader.TokenType))
            {
                throw JsonField.WrongType(Item(count), kind switch
                {
                    JsonTokenType.String => "a string, as the items before it are",
                    JsonTokenType.Number => "a token id, as the items before it are",
                    JsonTokenType.StartArray => "an array of token ids, as the items before it are",
                    _ => "a string, a token id or an array of token ids",
                }, reader.TokenType);
            }

            kind = reader.TokenType;
            CheckItem(ref reader, count++);
        }

        RefuseEmpty("input", count == 0);
    }

    private static void CheckItem(ref Utf8JsonReader reader, int index)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                if (reader.ValueSpan.IsEmpty)
                {
                    RefuseEmpty(Item(index), isEmpty: true);
                }

                break;
            case JsonTokenType.Number:
                CheckId(ref reader, index, inner: null);
                break;
            default:
                var inner = 0;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    CheckId(ref reader, index, inner++);
                }

                if (inner == 0)
                {
                    RefuseEmpty(Item(index), isEmpty: true);
                }

                break;
        }
    }

    private static void CheckId(ref Utf8JsonReader reader, int index, int? inner)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id) || id < 0)
        {
            var name = inner is { } place ? string.Create(CultureInfo.InvariantCulture, $"{Item(index)}[{place}]") : Item(index);
            throw new GatewayException(ErrorCode.CallerInvalidField, $"'{name}' must be a token id: a whole number from 0 on.", name);
        }
    }

    private static void RefuseEmpty(string name, bool isEmpty)
    {
        if (isEmpty)
        {
            throw new GatewayException(ErrorCode.CallerInvalidField, $"'{name}' is empty; there is nothing to embed.", name);
        }
    }

    // Formatted only for errors and empty items: a long input would otherwise pay for a string per item.
    private static string Item(int index) => string.Create(CultureInfo.InvariantCulture, $"input[{index}]");
}
