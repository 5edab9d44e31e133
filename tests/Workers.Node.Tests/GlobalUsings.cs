global using Workers.Testing;
global using Xunit;
