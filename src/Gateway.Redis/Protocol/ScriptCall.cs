namespace Gateway.Redis.Protocol;

/// <summary>A script to be run.</summary>
/// <param name="prefix">What each of its keys begins with.</param>
internal sealed class ScriptCall(RedisScript script, string prefix, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments) : RedisCall
{
    public override string Key => prefix + keys[0];

    protected override void WriteTo(RespWriter writer, bool isUnknown)
    {
        writer.Array(3 + keys.Count + arguments.Count);
        writer.Bulk(isUnknown ? "EVAL" : "EVALSHA");
        writer.Bulk(isUnknown ? script.Text : script.Sha);
        writer.Bulk(keys.Count);
        for (int i = 0; i < keys.Count; i++)
        {
            writer.Bulk(prefix, keys[i]);
        }

        for (int i = 0; i < arguments.Count; i++)
        {
            arguments[i].WriteTo(writer);
        }
    }
}
