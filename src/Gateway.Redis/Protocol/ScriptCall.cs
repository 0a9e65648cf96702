namespace Gateway.Redis.Protocol;

/// <summary>A script to be run.</summary>
/// <param name="Prefix">What each of its keys begins with.</param>
internal readonly record struct ScriptCall(RedisScript Script, string Prefix, IReadOnlyList<string> Keys, IReadOnlyList<RedisArgument> Arguments)
{
    public static Action<ScriptCall, RespWriter> WriteByName { get; } = static (call, writer) => call.Write(writer, "EVALSHA"u8, call.Script.Sha);

    public static Action<ScriptCall, RespWriter> WriteWithText { get; } = static (call, writer) => call.Write(writer, "EVAL"u8, call.Script.Text);

    private void Write(RespWriter writer, ReadOnlySpan<byte> command, string nameOrText)
    {
        writer.Array(3 + Keys.Count + Arguments.Count);
        writer.Bulk(command);
        writer.Bulk(nameOrText);
        writer.Bulk(Keys.Count);
        for (int i = 0; i < Keys.Count; i++)
        {
            writer.Bulk(Prefix, Keys[i]);
        }

        for (int i = 0; i < Arguments.Count; i++)
        {
            Arguments[i].WriteTo(writer);
        }
    }
}
