using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Contracts.Sse;
using Xunit;

namespace Gateway.Contracts.Tests.Sse;

public sealed class SseFramerTests
{
    private static readonly string[][] Blocks =
    [
        ["data: {\"a\":1}"], ["data:{}"], ["data: Grüße 👋"], ["data: one", "data: two", "data:three"], [": keep-alive"], ["event: x", "data: y", "id: 7"], ["data"], ["data:"],
        ["data: [DONE]"], ["retry: 10", ": c", "data:  two spaces"], ["dataset: no"], ["data: " + new string('x', 5_000)],
    ];

    /// <summary>A stream, the data that it carries, and where the network tears it.</summary>
    private static readonly Gen<(string Text, string[] Data, int[] Cuts)> Streams =
        from blocks in Gen.ListOf(Gen.Elements(Blocks))
        from ends in Gen.ArrayOf(Gen.Elements("\n", "\r\n", "\r"), 100)
        from isClosed in Gen.Elements(true, false)
        from cuts in Gen.ArrayOf(Gen.Choose(1, 9))
        select Render([.. blocks], ends, isClosed, cuts);

    [Fact]
    public void TryRead_AnyChunksAndLineEnds_GivesTheSameEventsAndEveryByte() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(Streams.ToArbitrary(), stream =>
        {
            var bytes = Encoding.UTF8.GetBytes(stream.Text);
            var (whole, wholeRaw) = Frame(bytes, [bytes.Length]);
            var (torn, tornRaw) = Frame(bytes, stream.Cuts);
            Assert.Equal(stream.Data, whole);
            Assert.Equal(stream.Data, torn);
            Assert.Equal(bytes, wholeRaw);
            Assert.Equal(bytes, tornRaw);
        }));

    [Fact]
    public void TryRead_ByteByByte_GivesEachEventAsSoonAsItIsComplete()
    {
        using var framer = new SseFramer(1000);
        var complete = new List<int>();
        var bytes = "data: a\n\ndata: b\r\n\r\n: c\n\n"u8;
        for (var i = 0; i < bytes.Length; i++)
        {
            framer.Append(bytes.Slice(i, 1));
            if (framer.TryRead(out _))
            {
                complete.Add(i);
            }
        }

        // The CR of the blank line completes the second event; the LF behind it belongs to what follows.
        Assert.Equal([8, 18, 24], complete);
    }

    [Fact]
    public void TryRead_ByteOrderMark_IsIgnoredAtTheBeginningOnly()
    {
        using var framer = new SseFramer(1000);
        framer.Append("\uFEFFdata: a\n\n\uFEFFdata: b\n\n"u8);
        Assert.True(framer.TryRead(out var first));
        Assert.Equal("a"u8.ToArray(), first.Data.ToArray());
        Assert.True(framer.TryRead(out var second));
        Assert.True(second.Data.IsEmpty);
    }

    [Fact]
    public void TryRead_Done_IsTheEndMarkOnly()
    {
        Assert.True(Single("data: [DONE]\n\n"));
        Assert.True(Single("data:[DONE]\r\n\r\n"));
        Assert.False(Single("data: [DONE] \n\n"));
        Assert.False(Single(": [DONE]\n\n"));

        static bool Single(string text)
        {
            using var framer = new SseFramer(1000);
            framer.Append(Encoding.UTF8.GetBytes(text));
            Assert.True(framer.TryRead(out var result));
            return result.IsDone;
        }
    }

    [Fact]
    public void Append_EventWithoutEnd_IsRefusedAtTheLimit()
    {
        using var framer = new SseFramer(1000);
        var error = Assert.Throws<InvalidDataException>(() =>
        {
            for (var sent = 0; sent < 2000; sent += 100)
            {
                framer.Append(new byte[100]);
                Assert.False(framer.TryRead(out _));
            }
        });
        Assert.Contains("1000", error.Message, StringComparison.Ordinal);
    }

    private static (string, string[], int[]) Render(string[][] blocks, string[] ends, bool isClosed, int[] cuts)
    {
        var text = new StringBuilder();
        var line = 0;
        foreach (var block in blocks)
        {
            foreach (var content in block)
            {
                text.Append(content).Append(ends[line++ % ends.Length]);
            }

            // A blank line's CR right before an LF would be read as one line end with it.
            text.Append(text.Length > 0 && text[^1] == '\r' ? "\r" : ends[line++ % ends.Length]);
        }

        var last = blocks.Length > 0 && !isClosed ? "data: last" : "";
        string[] data = [.. blocks.Select(block => string.Join('\n', block.Where(content => content == "data" || content.StartsWith("data:", StringComparison.Ordinal)).Select(Value)))
            .Append(Value(last)).Where(value => value.Length > 0)];
        return (text.Append(last).ToString(), data, [.. cuts, 7]);
    }

    private static string Value(string line) => line.Length <= 5 ? "" : line[5] == ' ' ? line[6..] : line[5..];

    /// <summary>The data of every event that has any, and all bytes that came out; chunk sizes are used round and round.</summary>
    private static (List<string> Data, byte[] Raw) Frame(byte[] bytes, int[] sizes)
    {
        using var framer = new SseFramer(1_000_000);
        List<string> data = [];
        List<byte> raw = [];
        for (int at = 0, i = 0; at < bytes.Length; i++)
        {
            var count = Math.Min(sizes[i % sizes.Length], bytes.Length - at);
            framer.Append(bytes.AsSpan(at, count));
            at += count;
            while (framer.TryRead(out var next))
            {
                Take(next);
            }
        }

        if (framer.TryReadLast(out var last))
        {
            Take(last);
        }

        return (data, [.. raw]);

        void Take(SseEvent next)
        {
            raw.AddRange(next.Raw);
            if (!next.Data.IsEmpty)
            {
                data.Add(Encoding.UTF8.GetString(next.Data));
            }
        }
    }
}
