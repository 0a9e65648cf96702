using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>An entry of the ledger's stream.</summary>
internal static class StreamEntry
{
    /// <summary>Takes it apart into its records. Each begins with its version; what stands before the first is one that is damaged.</summary>
    /// <param name="entry">Id and fields, as Redis returns them.</param>
    public static IEnumerable<(StreamPosition Position, Dictionary<string, string> Fields)> Records(IReadOnlyList<RedisReply> entry)
    {
        string id = entry[0].Text;
        var words = entry[1].Items;
        int index = 0;
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        for (int i = 0; i + 1 < words.Count; i += 2)
        {
            string name = words[i].Text;
            if (name == "v" && fields.Count > 0)
            {
                yield return (new StreamPosition(id, ++index), fields);
                fields = new(StringComparer.Ordinal);
            }

            fields[name] = words[i + 1].Text;
        }

        yield return (new StreamPosition(id, ++index), fields);
    }
}
