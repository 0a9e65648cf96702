using System.Text.Json;

namespace Gateway.Routing;

/// <summary>Reads the <c>prompt</c> of completions and the <c>input</c> of embeddings.</summary>
internal static class PlainPrompts
{
    /// <summary>Reads a string, an array of strings, of token ids, or of arrays of token ids.</summary>
    /// <returns>How many prompts there are.</returns>
    public static int Read(ref Utf8JsonReader json, ref PromptText text)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            text.AddText(ref json);
            return 1;
        }

        int prompts = 0, tokens = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.String)
            {
                prompts++;
                text.AddText(ref json);
            }
            else if (json.TokenType == JsonTokenType.StartArray)
            {
                prompts++;
                tokens += CountNumbers(ref json);
            }
            else
            {
                tokens += json.TokenType == JsonTokenType.Number ? 1 : 0;
                json.Skip();
            }
        }

        text.AddTokens(tokens);
        return Math.Max(1, prompts);
    }

    private static int CountNumbers(ref Utf8JsonReader json)
    {
        int numbers = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            numbers += json.TokenType == JsonTokenType.Number ? 1 : 0;
            json.Skip();
        }

        return numbers;
    }
}
