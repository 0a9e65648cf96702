using System.Globalization;
using System.Text.Json;
using Gateway.Engine.Text;

namespace Gateway.Providers.Local;

/// <summary>One text of a request that may hold several: as a string, or as token ids that the client made itself.</summary>
/// <param name="Field">Its name for errors, such as <c>input[2]</c>.</param>
/// <param name="Text">The string; null when token ids were sent.</param>
/// <param name="Ids">Its tokens; at least one.</param>
internal sealed record TokenInput(string Field, string? Text, IReadOnlyList<int> Ids)
{
    /// <summary>Reads a string, an array of strings, of token ids, or of arrays of token ids.</summary>
    /// <param name="model">Whose tokens they are.</param>
    /// <param name="value">The member's value.</param>
    /// <param name="name">The member's name.</param>
    /// <exception cref="Contracts.Errors.GatewayException">It is something else, or a text has no tokens.</exception>
    public static IReadOnlyList<TokenInput> Read(LanguageModel model, JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.Array || (value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Number))
        {
            return [One(model, value, name)];
        }

        var texts = value.EnumerateArray()
            .Select((item, index) => One(model, item, string.Create(CultureInfo.InvariantCulture, $"{name}[{index}]")))
            .ToList();
        return texts.Count > 0 ? texts : throw RequestField.Wrong(name, "at least one text");
    }

    private static TokenInput One(LanguageModel model, JsonElement value, string field)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : null;
        var ids = text is null ? IdsOf(model, value, field) : model.EncodeText(text);
        return ids.Count > 0 ? new TokenInput(field, text, ids) : throw RequestField.Wrong(field, "a text of at least one token");
    }

    private static IReadOnlyList<int> IdsOf(LanguageModel model, JsonElement value, string field)
    {
        var ids = RequestField.Integers(value, field);
        var vocabulary = model.Engine.Model.VocabularySize;
        for (var i = 0; i < ids.Count; i++)
        {
            if (ids[i] < 0 || ids[i] >= vocabulary)
            {
                throw RequestField.Wrong(
                    string.Create(CultureInfo.InvariantCulture, $"{field}[{i}]"),
                    string.Create(CultureInfo.InvariantCulture, $"a token id of the model, 0 to {vocabulary - 1}, but is {ids[i]}"));
            }
        }

        return ids;
    }
}
