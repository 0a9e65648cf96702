using System.Text;
using Gateway.Routing.Difficulty;
using Gateway.Routing.Difficulty.Learning;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty;

public sealed class DifficultyModelTests
{
    private const string Question =
        "Let p = (1, 2, 5, 4)(2, 3) in S_5 . Find the index of <p> in S_5.\nA. 8\nB. 2\nC. 24\nD. 120\nAnswer:";

    [Fact]
    public void Default_EasyAndHardQuestion_AreToldApart()
    {
        var hard = DifficultyModel.Default.Estimate(Question);
        var easy = DifficultyModel.Default.Estimate(
            "What is the capital of France?\nA. Paris\nB. Berlin\nC. Madrid\nD. Rome\nAnswer:");

        Assert.True(easy.WeakSucceeds > hard.WeakSucceeds + 0.2, $"easy {easy}, hard {hard}");
        Assert.True(easy.StrongSucceeds > hard.StrongSucceeds, $"easy {easy}, hard {hard}");
    }

    [Fact]
    public void Estimate_SamePrompt_IsTheSame() =>
        Assert.Equal(DifficultyModel.Default.Estimate(Question), DifficultyModel.Default.Estimate(Question));

    [Fact]
    public void Estimate_AnyText_IsAProbability()
    {
        var random = new Random(11);
        string[] pieces =
        [
            "\nA. ", "\nB. ", "\nC. ", "\nD. ", "\n", "'", "''", "9999999999999999999999", "1.5", "1,", "\ud83d", "\ud83d\ude00", "中文", "_", "\0",
            "the", "If", "x^2", " ", "Answer:", "É", "$", "İ",
        ];
        for (int round = 0; round < 2000; round++)
        {
            AssertProbabilities(string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => pieces[random.Next(pieces.Length)])));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\nA. \nB. \nC. \nD. ")]
    public void Estimate_NearlyEmptyText_IsAProbability(string prompt) => AssertProbabilities(prompt);

    [Theory]
    [InlineData("a")]
    [InlineData("7")]
    [InlineData("( ")]
    [InlineData("word ")]
    [InlineData("\nA. \nB. \nC. \nD. ")]
    public void Estimate_TextOfAMegabyte_ReadsItsEndOnly(string piece)
    {
        string text = string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length));

        AssertProbabilities(text);
        Assert.Equal(DifficultyModel.Default.Estimate(text.AsSpan(^16_384..)), DifficultyModel.Default.Estimate(text));
    }

    [Fact]
    public void Estimate_AfterTheFirst_AllocatesNothing()
    {
        string prompt = string.Concat(Enumerable.Repeat("A train leaves the station at 9 and travels 60 miles per hour. ", 70));
        var model = DifficultyModel.Default;
        for (int i = 0; i < 50; i++)
        {
            model.Estimate(prompt);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            model.Estimate(prompt);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);
    }

    [Fact]
    public void Load_OfSaved_EstimatesTheSame()
    {
        var model = DifficultyTrainer.Train(Examples.Synthetic(200, 1), new DifficultyTrainingOptions());
        var again = DifficultyModel.Load(new MemoryStream(Bytes(model)));

        Assert.All(Examples.Synthetic(50, 2), example => Assert.Equal(model.Estimate(example.Prompt), again.Estimate(example.Prompt)));
        Assert.Equal(Bytes(model), Bytes(again));
    }

    [Fact]
    public void Load_CutOffAnywhere_IsRefused()
    {
        byte[] whole = Bytes(DifficultyTrainer.Train(Examples.Synthetic(20, 1), new DifficultyTrainingOptions()));
        for (int length = 0; length < whole.Length; length += 7)
        {
            Assert.Throws<DifficultyModelFormatException>(() => DifficultyModel.Load(new MemoryStream(whole[..length])));
        }
    }

    [Theory]
    [InlineData(0, 0x00, "no file of difficulty weights")]
    [InlineData(6, 0x63, "version 99")]
    [InlineData(11, 0x7f, "claim")]
    public void Load_Damaged_NamesTheFault(int position, byte value, string expected)
    {
        byte[] bytes = Bytes(DifficultyTrainer.Train(Examples.Synthetic(20, 1), new DifficultyTrainingOptions()));
        bytes[position] = value;

        var exception = Assert.Throws<DifficultyModelFormatException>(() => DifficultyModel.Load(new MemoryStream(bytes)));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithMoreAtTheEnd_IsRefused()
    {
        byte[] bytes = [.. Bytes(DifficultyTrainer.Train(Examples.Synthetic(20, 1), new DifficultyTrainingOptions())), .. Encoding.UTF8.GetBytes("more")];

        Assert.Throws<DifficultyModelFormatException>(() => DifficultyModel.Load(new MemoryStream(bytes)));
    }

    internal static byte[] Bytes(DifficultyModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    private static void AssertProbabilities(string prompt)
    {
        var estimate = DifficultyModel.Default.Estimate(prompt);
        Assert.True(estimate.WeakSucceeds is > 0 and < 1 && estimate.StrongSucceeds is > 0 and < 1, $"{estimate} for '{prompt[..Math.Min(80, prompt.Length)]}'");
    }
}
