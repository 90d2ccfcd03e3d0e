namespace Remote.Repository.Tests;

/// <summary>
/// Test classes and fixtures that want to be disposed of are. xunit 2 calls <c>IAsyncLifetime</c> and <c>IDisposable</c> and passes over
/// <c>IAsyncDisposable</c>: sixteen classes had kept their nodes for ever, and what a node verifies when it is disposed of was never verified.
/// </summary>
public sealed class DisposalTests
{
    [Fact]
    public void TestClassesAndFixtures_AreDisposedOf() => Assert.Empty(
        NeverDisposedOf(TestSource.Read()).Select(type => $"{type} is not disposed of: derive it from {nameof(DisposedAfterTest)}, or name the interface that xunit looks for."));

    [Fact]
    public async Task DisposedAfterTest_IsDisposedOfThroughTheInterfaceOfXunit()
    {
        var disposed = new Disposed();
        IAsyncLifetime xunits = disposed;

        await xunits.InitializeAsync();
        Assert.False(disposed.IsDisposed);
        await xunits.DisposeAsync();
        Assert.True(disposed.IsDisposed);
    }

    /// <summary>Against the scan itself: what it cannot read must not go unnoticed.</summary>
    [Fact]
    public void TestSource_IsReadWhole()
    {
        var source = TestSource.Read();

        Assert.Empty(source.StrayTests);
        var withTests = source.Classes.Where(type => type.HasTests).ToArray();
        Assert.Contains(withTests, type => type.Path == nameof(DisposalTests));
        Assert.All(withTests.SelectMany(type => type.Fixtures.Select(name => (type, name))), use => Assert.NotNull(source.Find(use.type, use.name)));
        Assert.Contains(withTests, type => type.Fixtures.Any());
        Assert.Contains(withTests, type => source.Lineage(type).Any(parent => parent.Path == nameof(DisposedAfterTest)));
    }

    [Theory]
    [InlineData("class T : IAsyncDisposable", "DisposeAsync", "T")]
    [InlineData("public sealed partial class T(int number) : IClassFixture<int>, IAsyncDisposable", "DisposeAsync", "T")]
    [InlineData("class T", "DisposeAsync", "T")]
    [InlineData("class T", "InitializeAsync", "T")]
    [InlineData("class T", "Dispose", "T")]
    [InlineData("class T : IAsyncLifetime", "DisposeAsync", null)]
    [InlineData("class T : IAsyncLifetime, IAsyncDisposable", "DisposeAsync", null)]
    [InlineData("class T : IDisposable", "Dispose", null)]
    [InlineData("class T : Parent", "Other", "T")]
    [InlineData("class T : Lifetime(1)", "DisposeAsync", null)]
    [InlineData("class T : IClassFixture<T.Inner>", "Other", "T.Inner")]
    [InlineData("class T : IClassFixture<Parent>", "Other", "Parent")]
    [InlineData("class T : ICollectionFixture<Lifetime>", "Other", null)]
    public void NeverDisposedOf_FindsWhatXunitPassesOver(string declaration, string method, string? found)
    {
        var source = TestSource.Of($$"""
            abstract class Parent : IAsyncDisposable
            {
                public abstract ValueTask DisposeAsync();
            }

            abstract class Lifetime(int number) : IAsyncLifetime
            {
                public abstract ValueTask DisposeAsync();
            }

            {{declaration}}
            {
                [Fact]
                public void Test() => Assert.True(true);

                public override async ValueTask {{method}}() => await Task.Yield();

                public sealed class Inner : IAsyncDisposable
                {
                    public async ValueTask DisposeAsync()
                    {
                    }
                }
            }
            """);

        Assert.Empty(source.StrayTests);
        Assert.Equal(found is null ? [] : [found], NeverDisposedOf(source).Select(type => type.Path));
    }

    private static IEnumerable<TestSourceClass> NeverDisposedOf(TestSource source)
    {
        var fixtures = source.Classes.SelectMany(type => type.Fixtures.Select(name => source.Find(type, name))).OfType<TestSourceClass>();
        return source.Classes.Where(type => type.HasTests).Concat(fixtures).Distinct().Where(type => IsPassedOver(source.Lineage(type)));
    }

    private static bool IsPassedOver(IEnumerable<TestSourceClass> lineage)
    {
        var names = lineage.SelectMany(type => type.Bases).ToHashSet(StringComparer.Ordinal);
        var methods = lineage.SelectMany(type => type.LifetimeMethods).ToHashSet(StringComparer.Ordinal);
        var wantsAsync = names.Contains("IAsyncDisposable") || methods.Overlaps(["DisposeAsync", "InitializeAsync"]);
        return (wantsAsync && !names.Contains("IAsyncLifetime")) || (methods.Contains("Dispose") && !names.Contains("IDisposable"));
    }

    private sealed class Disposed : DisposedAfterTest
    {
        public bool IsDisposed { get; private set; }

        public override async ValueTask DisposeAsync()
        {
            await Task.Yield();
            IsDisposed = true;
        }
    }
}
