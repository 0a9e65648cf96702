using System.Text;

namespace Gateway.Testing;

/// <summary>One thing that a <see cref="RawTcpUpstream"/> does with a connection.</summary>
public abstract record RawStep
{
    private RawStep()
    {
    }

    /// <summary>Reads one HTTP/1.1 request: the head, and as much body as its content-length says.</summary>
    public static RawStep ReadRequest() => new Read();

    /// <summary>Sends these bytes in one write.</summary>
    public static RawStep Send(ReadOnlyMemory<byte> bytes) => new Write(bytes);

    /// <summary>Sends this text as UTF-8 in one write.</summary>
    public static RawStep Send(string text) => new Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Waits for a time.</summary>
    public static RawStep Pause(TimeSpan duration) => new Await(cancellationToken => Task.Delay(duration, cancellationToken));

    /// <summary>Waits for a task of the test.</summary>
    public static RawStep WaitFor(Task task) => new Await(task.WaitAsync);

    /// <summary>Keeps the connection open without a word until the client closes it.</summary>
    public static RawStep Hang() => new AwaitEnd();

    /// <summary>Cuts the connection with a TCP reset. Without this step a script ends with an orderly close.</summary>
    public static RawStep Reset() => new Cut();

    internal sealed record Read : RawStep;

    internal sealed record Write(ReadOnlyMemory<byte> Bytes) : RawStep;

    internal sealed record Await(Func<CancellationToken, Task> Wait) : RawStep;

    internal sealed record AwaitEnd : RawStep;

    internal sealed record Cut : RawStep;
}
