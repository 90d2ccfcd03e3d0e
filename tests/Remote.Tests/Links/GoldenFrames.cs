namespace Remote.Tests.Links;

/// <summary>The frames that protoc made, without their prefixes.</summary>
internal static class GoldenFrames
{
    internal static byte[] Read(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "frames", name + ".bin"));

    /// <summary>A complete frame of ours is the prefix and the golden bytes.</summary>
    internal static void AssertSame(string name, ReadOnlySpan<byte> frame)
    {
        var golden = Read(name);
        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(frame[5..]));
        Assert.Equal([0, 0, 0, 0, (byte)golden.Length], frame[..5].ToArray());
    }
}
