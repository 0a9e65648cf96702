using FsCheck;
using FsCheck.Fluent;
using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Observations;

/// <summary>What several replicas make of each other's exports.</summary>
public sealed class ReplicaTests
{
    private static readonly Gen<CallObservation> AnyCall =
        from milliseconds in Gen.Choose(0, 60_000)
        from tokens in Gen.Choose(0, 500)
        from kind in Gen.Choose(0, 3)
        from prefix in Gen.Choose(0, 5)
        select kind switch
        {
            0 => Calls.Failure(),
            1 => Calls.Piece(milliseconds / 1000.0),
            _ => Calls.Stream(milliseconds / 1000.0, 0.01, tokens, (ulong)prefix),
        };

    private static readonly Gen<Step> AnyStep =
        from advance in Gen.Choose(1, 5_000)
        from replica in Gen.Choose(0, 2)
        from isFast in Gen.Elements(true, false)
        from suspends in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(1, 100)))
        from stays in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
        from call in AnyCall
        select new Step(advance / 1000.0, replica, isFast ? Calls.Fast : Calls.Slow, suspends, stays, call);

    [Fact]
    public void Refresh_AnyPartitionOfTheSameCalls_GivesTheSameViewEverywhere() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(AnyStep.ListOf().ToArbitrary(), steps =>
        {
            var time = new ManualTime();
            var whole = new ObservationBoard(time);
            ObservationBoard[] parts = [new(time), new(time), new(time)];
            foreach (var step in steps)
            {
                time.Advance(step.Advance);
                step.Apply(whole, time.Now);
                step.Apply(parts[step.Replica], time.Now);
            }

            whole.Refresh([]);
            ReplicaObservations[] exports = [.. parts.Select((board, index) => new ReplicaObservations($"replica-{index}", board.Export()))];
            for (int i = 0; i < parts.Length; i++)
            {
                var others = exports.Where((_, index) => index != i);
                parts[i].Refresh([.. i == 1 ? others.Reverse() : others]);

                Calls.AssertEqual(whole.Current, parts[i].Current);
                Assert.Empty(parts[i].Ignored);
                Assert.Equal(3, parts[i].Replicas);
            }
        }));

    [Fact]
    public void Refresh_ReplicaThatDied_KeepsItsLatenciesButNotItsCallsUnderWay()
    {
        var (time, mine, other) = Replicas();
        other.Call(Calls.Fast, Calls.Stream());
        other.BeginCall(Calls.Fast);
        ReplicaObservations[] last = [new("other", other.Export())];
        mine.Refresh(last);
        Assert.Equal((1, 1, 2), (mine.Current.Of(Calls.Fast).Calls, mine.Current.Of(Calls.Fast).InFlight, mine.Replicas));

        time.Advance(10.1);
        mine.Refresh(last);

        Assert.Equal((0, 1), (mine.Current.Of(Calls.Fast).InFlight, mine.Replicas));
        Assert.InRange(mine.Current.Of(Calls.Fast).Calls, 0.79, 0.9);
        time.Advance(300);
        mine.Refresh(last);
        Assert.Empty(mine.Current.Models);
    }

    [Fact]
    public void Suspend_ByAnother_HoldsUntilThatOneResumes()
    {
        var (time, mine, other) = Replicas();
        other.Suspend(Calls.Fast, time.Now.AddSeconds(30));
        mine.Resume(Calls.Fast);
        mine.Refresh([new ReplicaObservations("other", other.Export())]);
        Assert.Equal(time.Now.AddSeconds(30), mine.Current.Of(Calls.Fast).SuspendedUntil);

        other.Resume(Calls.Fast);
        mine.Refresh([new ReplicaObservations("other", other.Export())]);
        Assert.Null(mine.Current.Find(Calls.Fast.QualifiedName));
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(-20, true)]
    [InlineData(90, false)]
    public void Refresh_OtherClockIsOff_CountsWhatIsPossible(double seconds, bool counts)
    {
        var mine = new ObservationBoard(new ManualTime());
        var off = new ManualTime();
        off.Advance(seconds);
        var other = new ObservationBoard(off);
        other.Call(Calls.Fast, Calls.Stream(prefix: 7));

        mine.Refresh([new ReplicaObservations("other", other.Export())]);

        Assert.Equal(counts, mine.Current.Find(Calls.Fast.QualifiedName) is not null);
        Assert.Equal(counts, mine.Current.Prefixes.ContainsKey(7));
        Assert.Empty(mine.Ignored);
    }

    [Fact]
    public void Refresh_ExportOfAnotherVersion_IsLeftOutAndNamed()
    {
        var (_, mine, other) = Replicas();
        other.Call(Calls.Fast, Calls.Stream());
        var newer = other.Export();
        newer[0]++;

        mine.Refresh([new ReplicaObservations("newer", newer), new ReplicaObservations("same", other.Export()), new ReplicaObservations("empty", default)]);

        Assert.Equal(
            [new IgnoredExport("newer", "it has version 2; this build reads version 1"), new IgnoredExport("empty", "it is empty")], mine.Ignored);
        Assert.Equal(1, mine.Current.Of(Calls.Fast).Calls);
        Assert.Equal(2, mine.Replicas);
    }

    [Fact]
    public void Refresh_AnyDamage_IsLeftOutAndNamed()
    {
        var (_, mine, other) = Replicas();
        other.Call(Calls.Fast, Calls.Stream());
        other.Call(Calls.Slow, Calls.Piece());
        byte[] whole = other.Export();

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1_000),
            Prop.ForAll(DamagedCopies(whole).ToArbitrary(), bytes =>
            {
                mine.Refresh([new ReplicaObservations("other", bytes)]);

                Assert.Equal("other", Assert.Single(mine.Ignored).Replica);
                Assert.Empty(mine.Current.Models);
            }));
    }

    /// <summary>A checksum that is right does not make the rest right: a build with a fault may have written it.</summary>
    [Fact]
    public void Refresh_DamageUnderARightChecksum_NeverThrows()
    {
        var (_, mine, other) = Replicas();
        other.Call(Calls.Fast, Calls.Stream());
        other.Call(Calls.Slow, Calls.Piece());
        byte[] whole = other.Export();

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(3_000),
            Prop.ForAll(DamagedCopies(whole).Where(bytes => bytes.Length > ExportFormat.ChecksumLength).ToArbitrary(), bytes =>
            {
                bytes[0] = ExportFormat.Version;
                ExportFormat.Checksum(bytes.AsSpan(..^ExportFormat.ChecksumLength), bytes.AsSpan(^ExportFormat.ChecksumLength..));

                mine.Refresh([new ReplicaObservations("other", bytes)]);

                Assert.All(mine.Current.Models.Values, model => Assert.True(model.Calls >= 0));
            }));
    }

    private static (ManualTime Time, ObservationBoard Mine, ObservationBoard Other) Replicas()
    {
        var time = new ManualTime();
        return (time, new ObservationBoard(time), new ObservationBoard(time));
    }

    /// <summary>Cut off, with a byte changed, or nothing but noise.</summary>
    private static Gen<byte[]> DamagedCopies(byte[] whole) => Gen.OneOf(
        Gen.Choose(0, whole.Length - 1).Select(length => whole[..length]),
        from place in Gen.Choose(0, whole.Length - 1)
        from flip in Gen.Choose(1, 255)
        select (byte[])[.. whole[..place], (byte)(whole[place] ^ flip), .. whole[(place + 1)..]],
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(),
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().Select(noise => (byte[])[ExportFormat.Version, .. noise]));

    /// <summary>Something that one replica sees.</summary>
    private sealed record Step(double Advance, int Replica, ModelCard Model, int SuspendsFor, bool Stays, CallObservation Call)
    {
        public void Apply(ObservationBoard board, DateTimeOffset now)
        {
            board.BeginCall(Model);
            if (!Stays)
            {
                board.EndCall(Model, Call);
            }

            if (SuspendsFor > 0)
            {
                board.Suspend(Model, now.AddSeconds(SuspendsFor));
            }
        }
    }
}
