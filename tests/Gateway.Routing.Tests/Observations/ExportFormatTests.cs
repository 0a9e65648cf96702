using Xunit;

namespace Gateway.Routing.Tests.Observations;

/// <summary>Version 1 as it is on the wire: replicas of other builds read it.</summary>
public sealed class ExportFormatTests
{
    private const string Version1 =
        "01e0abd1e8b9b592ef080106612f6661737401e0f1d7f7bab592ef0892c8070080a29d81b30388aee402f0d0ab0388aee40201d50192c803c0a8a7e0" +
        "6ca0c21ea0c21e018202808004808080b6dc05c08db701c08db70101046175746f0192c8039af6e7020202000000000000000000efcdab8967452301" +
        "008084af5f5427514998e3355d";

    [Fact]
    public void Export_OfAQuietBoard_IsVersion1()
    {
        var board = Board(out _);

        Assert.Equal(Version1, Convert.ToHexStringLower(board.Export()));
    }

    [Fact]
    public void Refresh_Version1_IsRead()
    {
        var board = Board(out var time);
        var reader = new ObservationBoard(time);

        reader.Refresh([new ReplicaObservations("other", Convert.FromHexString(Version1))]);

        Assert.Empty(reader.Ignored);
        Calls.AssertEqual(board.Alone(), reader.Current);
    }

    private static ObservationBoard Board(out ManualTime time)
    {
        time = new ManualTime();
        var board = new ObservationBoard(time);
        board.Call(Calls.Fast, Calls.Stream(prefix: 0x0123456789abcdef));
        time.Advance(10);
        board.Call(Calls.Fast, Calls.Piece(duration: 3));
        board.BeginCall(Calls.Fast);
        board.Suspend(Calls.Fast, time.Now.AddSeconds(30));
        return board;
    }
}
