using Gateway.Engine.Tokenization.Models;

namespace Gateway.Engine.Tokenization.Files;

/// <summary>Reads the <c>added_tokens</c> of tokenizer.json.</summary>
internal static class AddedTokenReader
{
    /// <summary>In UTF-16 units. It bounds the work that a text full of beginnings of a token can cause.</summary>
    public const int MaxContentLength = 1024;

    public static List<AddedToken> Read(JsonCursor cursor, Dictionary<string, int> vocabulary)
    {
        List<AddedToken> tokens = [];
        var contents = vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        HashSet<string> seen = [];
        foreach (var item in cursor.Items())
        {
            var token = Read(item);
            if (!seen.Add(token.Content))
            {
                throw item.Error($"the added token '{token.Content}' is listed twice.");
            }

            if (contents.TryGetValue(token.Id, out var other) && other != token.Content)
            {
                throw item.Error($"the id {token.Id} belongs to the token '{other}' as well.");
            }

            if (vocabulary.TryGetValue(token.Content, out var id) && id != token.Id)
            {
                throw item.Error($"the added token has the id {token.Id}, but the vocabulary gives it {id}.");
            }

            contents[token.Id] = token.Content;
            tokens.Add(token);
        }

        return tokens;
    }

    private static AddedToken Read(JsonCursor item)
    {
        var content = item.Required("content").AsString();
        if (content.Length is 0 or > MaxContentLength)
        {
            throw item.Error($"the content of an added token must have 1 to {MaxContentLength} characters.");
        }

        return new AddedToken(item.Required("id").AsInt32(0, BpeModelReader.MaxId), content)
        {
            IsSpecial = item.Flag("special"),
            SingleWord = item.Flag("single_word"),
            StripsLeft = item.Flag("lstrip"),
            StripsRight = item.Flag("rstrip"),
            Normalized = item.Flag("normalized", absent: !item.Flag("special")),
        };
    }
}
