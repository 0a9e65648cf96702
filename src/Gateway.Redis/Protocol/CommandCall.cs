namespace Gateway.Redis.Protocol;

/// <summary>A command with one key.</summary>
/// <param name="before">Its name, and what stands between it and the key.</param>
/// <param name="key">With the prefix.</param>
/// <param name="after">What follows the key.</param>
internal sealed class CommandCall(IReadOnlyList<RedisArgument> before, string key, IReadOnlyList<RedisArgument> after) : RedisCall
{
    public override string Key => key;

    protected override void WriteTo(RespWriter writer, bool isUnknown)
    {
        writer.Array(before.Count + 1 + after.Count);
        for (int i = 0; i < before.Count; i++)
        {
            before[i].WriteTo(writer);
        }

        writer.Bulk(key);
        for (int i = 0; i < after.Count; i++)
        {
            after[i].WriteTo(writer);
        }
    }
}
