using System.Text;
using Gateway.Routing.Difficulty.Features;

namespace Gateway.Routing.Difficulty;

/// <summary>
/// The file of weights, little-endian: "GWDIFF", version (u16), terms (i32), dense features (i32); by term in the order of their hashes
/// hash (u32), inverse document frequency (f16) and four weights (f16); then for open and multiple-choice prompts means and inverse
/// deviations (f32 by feature) and two heads (intercept, slope, offset as f64, weights as f32 by feature).
/// </summary>
internal static class DifficultyModelFile
{
    private const ushort Version = 1;

    private static ReadOnlySpan<byte> Magic => "GWDIFF"u8;

    public static void Write(Stream stream, Vocabulary vocabulary, TermWeights[] terms, FormWeights open, FormWeights choice)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(vocabulary.Count);
        writer.Write(DenseFeatures.Count);
        for (int term = 0; term < vocabulary.Count; term++)
        {
            writer.Write(vocabulary.Hashes[term]);
            writer.Write((Half)vocabulary.InverseFrequencies[term]);
            var weights = terms[term];
            writer.Write((Half)weights.OpenWeak);
            writer.Write((Half)weights.OpenStrong);
            writer.Write((Half)weights.ChoiceWeak);
            writer.Write((Half)weights.ChoiceStrong);
        }

        WriteForm(writer, open);
        WriteForm(writer, choice);
    }

    /// <exception cref="DifficultyModelFormatException">The stream holds something else, or is damaged.</exception>
    public static DifficultyModel Read(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        try
        {
            return Read(reader);
        }
        catch (EndOfStreamException exception)
        {
            throw new DifficultyModelFormatException("The difficulty weights end too early: the file is cut off. Train it again.", exception);
        }
    }

    private static DifficultyModel Read(BinaryReader reader)
    {
        if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
        {
            throw new DifficultyModelFormatException("This is no file of difficulty weights. Write one with: gateway route train.");
        }

        int version = reader.ReadUInt16();
        int count = reader.ReadInt32();
        int features = reader.ReadInt32();
        if (version != Version || features != DenseFeatures.Count)
        {
            throw new DifficultyModelFormatException(
                $"The difficulty weights have version {version} with {features} features; this build reads version {Version} with {DenseFeatures.Count}. Train them again.");
        }

        if (count is < 0 or > Vocabulary.MaxTerms)
        {
            throw new DifficultyModelFormatException($"The difficulty weights claim {count} terms; 0 to {Vocabulary.MaxTerms} are possible.");
        }

        var (vocabulary, terms) = ReadTerms(reader, count);
        var model = new DifficultyModel(vocabulary, terms, ReadForm(reader), ReadForm(reader));
        return reader.BaseStream.ReadByte() < 0
            ? model
            : throw new DifficultyModelFormatException("The difficulty weights go on after their end: the file is damaged. Train it again.");
    }

    private static (Vocabulary Vocabulary, TermWeights[] Terms) ReadTerms(BinaryReader reader, int count)
    {
        var hashes = new uint[count];
        var inverseFrequencies = new float[count];
        var terms = new TermWeights[count];
        for (int term = 0; term < count; term++)
        {
            hashes[term] = reader.ReadUInt32();
            if (term > 0 && hashes[term] <= hashes[term - 1])
            {
                throw new DifficultyModelFormatException($"Term {term} of the difficulty weights is out of order: the file is damaged.");
            }

            inverseFrequencies[term] = ReadFinite(reader);
            terms[term] = new TermWeights(ReadFinite(reader), ReadFinite(reader), ReadFinite(reader), ReadFinite(reader));
        }

        return (new Vocabulary(hashes, inverseFrequencies), terms);
    }

    private static void WriteForm(BinaryWriter writer, FormWeights form)
    {
        WriteFloats(writer, form.Scaler.Means);
        WriteFloats(writer, form.Scaler.InverseDeviations);
        foreach (var head in (LinearHead[])[form.Weak, form.Strong])
        {
            writer.Write(head.Intercept);
            writer.Write(head.Slope);
            writer.Write(head.Offset);
            WriteFloats(writer, head.DenseWeights);
        }
    }

    private static FormWeights ReadForm(BinaryReader reader) =>
        new(new DenseScaler(ReadFloats(reader), ReadFloats(reader)), ReadHead(reader), ReadHead(reader));

    private static LinearHead ReadHead(BinaryReader reader)
    {
        double intercept = Finite(reader.ReadDouble());
        double slope = Finite(reader.ReadDouble());
        double offset = Finite(reader.ReadDouble());
        return new LinearHead(intercept, ReadFloats(reader), slope, offset);
    }

    private static void WriteFloats(BinaryWriter writer, float[] values)
    {
        foreach (float value in values)
        {
            writer.Write(value);
        }
    }

    private static float[] ReadFloats(BinaryReader reader)
    {
        var values = new float[DenseFeatures.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)Finite(reader.ReadSingle());
        }

        return values;
    }

    private static float ReadFinite(BinaryReader reader) => (float)Finite((double)reader.ReadHalf());

    private static double Finite(double value) => double.IsFinite(value)
        ? value
        : throw new DifficultyModelFormatException("The difficulty weights hold a number that is not finite: the file is damaged. Train it again.");
}
