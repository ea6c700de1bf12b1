// The one place where C++ meets Rust: HNSW graphs of FAISS behind a C interface, and the exact
// distance kernels. No exception crosses it: every verb answers 0, or 1 with a message.
//
// Callers have checked dimensions, counts and that every number is finite, because FAISS throws
// inside OpenMP regions, which aborts the process.

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/index_io.h>
#include <omp.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>

namespace {

// Order of `Metric` in graph.rs.
enum Metric : int { L2 = 0, INNER_PRODUCT = 1, L1 = 2 };

faiss::MetricType metric_type(int metric) {
    switch (metric) {
        case INNER_PRODUCT:
            return faiss::METRIC_INNER_PRODUCT;
        case L1:
            return faiss::METRIC_L1;
        default:
            return faiss::METRIC_L2;
    }
}

template <class Verb>
int guarded(char* error, size_t error_bytes, Verb verb) {
    try {
        verb();
        return 0;
    } catch (const std::exception& exception) {
        std::snprintf(error, error_bytes, "%s", exception.what());
    } catch (...) {
        std::snprintf(error, error_bytes, "unknown C++ exception");
    }
    return 1;
}

// Vectors in a mapped FAISS file start at any byte.
typedef float Lanes __attribute__((vector_size(32), aligned(1)));
typedef int32_t Bits __attribute__((vector_size(32)));

inline float sum(Lanes a) {
    return ((a[0] + a[4]) + (a[1] + a[5])) + ((a[2] + a[6]) + (a[3] + a[7]));
}

inline float at(const float* p, size_t i) {
    float value;
    std::memcpy(&value, p + i, sizeof value);
    return value;
}

struct Squared {
    static void step(Lanes& sum, Lanes a, Lanes b) {
        Lanes d = a - b;
        sum += d * d;
    }
    static float one(float a, float b) {
        return (a - b) * (a - b);
    }
    static float finish(float sum) {
        return sum;
    }
};

struct NegativeProduct {
    static void step(Lanes& sum, Lanes a, Lanes b) {
        sum += a * b;
    }
    static float one(float a, float b) {
        return a * b;
    }
    static float finish(float sum) {
        return -sum;
    }
};

struct Taxicab {
    static void step(Lanes& sum, Lanes a, Lanes b) {
        const Bits positive = {0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff,
                               0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff};
        sum += (Lanes)((Bits)(a - b) & positive);
    }
    static float one(float a, float b) {
        return std::fabs(a - b);
    }
    static float finish(float sum) {
        return sum;
    }
};

template <class Distance>
inline float distance(const float* a, const float* b, size_t dim) {
    Lanes s0 = {}, s1 = {}, s2 = {}, s3 = {};
    size_t i = 0;
    for (; i + 32 <= dim; i += 32) {
        Distance::step(s0, *(const Lanes*)(a + i), *(const Lanes*)(b + i));
        Distance::step(s1, *(const Lanes*)(a + i + 8), *(const Lanes*)(b + i + 8));
        Distance::step(s2, *(const Lanes*)(a + i + 16), *(const Lanes*)(b + i + 16));
        Distance::step(s3, *(const Lanes*)(a + i + 24), *(const Lanes*)(b + i + 24));
    }
    for (; i + 8 <= dim; i += 8) {
        Distance::step(s0, *(const Lanes*)(a + i), *(const Lanes*)(b + i));
    }
    float rest = sum((s0 + s1) + (s2 + s3));
    for (; i < dim; i++) {
        rest += Distance::one(at(a, i), at(b, i));
    }
    return Distance::finish(rest);
}

template <class Distance>
void distances(
        const float* query, const float* base, size_t dim, const uint32_t* ids, size_t n, float* out) {
    // A few rows ahead: a gather jumps, and the hardware prefetcher does not follow.
    const size_t ahead = 4;
    for (size_t i = 0; i < n; i++) {
        if (ids && i + ahead < n) {
            const char* next = (const char*)(base + (size_t)ids[i + ahead] * dim);
            for (size_t byte = 0; byte < dim * sizeof(float) && byte < 1024; byte += 64) {
                __builtin_prefetch(next + byte);
            }
        }
        size_t row = ids ? ids[i] : i;
        out[i] = distance<Distance>(query, base + row * dim, dim);
    }
}

void distances_by(
        int metric, const float* query, const float* base, size_t dim, const uint32_t* ids,
        size_t n, float* out) {
    switch (metric) {
        case INNER_PRODUCT:
            return distances<NegativeProduct>(query, base, dim, ids, n, out);
        case L1:
            return distances<Taxicab>(query, base, dim, ids, n, out);
        default:
            return distances<Squared>(query, base, dim, ids, n, out);
    }
}

int metric_of(const faiss::IndexHNSWFlat* graph) {
    switch (graph->metric_type) {
        case faiss::METRIC_INNER_PRODUCT:
            return INNER_PRODUCT;
        case faiss::METRIC_L1:
            return L1;
        default:
            return L2;
    }
}

const float* vectors(const faiss::IndexHNSWFlat* graph) {
    return static_cast<const faiss::IndexFlat*>(graph->storage)->get_xb();
}

} // namespace

extern "C" {

int fathom_graph_new(
        size_t dim, int metric, int m, int ef_construction, faiss::IndexHNSWFlat** out, char* error,
        size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        auto graph = std::make_unique<faiss::IndexHNSWFlat>((int)dim, m, metric_type(metric));
        graph->hnsw.efConstruction = ef_construction;
        *out = graph.release();
    });
}

int fathom_graph_add(
        faiss::IndexHNSWFlat* graph, size_t n, const float* x, char* error, size_t error_bytes) {
    return guarded(error, error_bytes, [&] { graph->add((faiss::idx_t)n, x); });
}

// `bitmap` has a bit for each vector, or is null: all of them. Unfound places have label -1.
int fathom_graph_search(
        const faiss::IndexHNSWFlat* graph, const float* query, size_t k, size_t ef,
        const uint8_t* bitmap, size_t bitmap_bytes, float* out, int64_t* labels, char* error,
        size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        faiss::SearchParametersHNSW params;
        params.efSearch = (int)ef;
        faiss::IDSelectorBitmap selector(bitmap_bytes, bitmap);
        if (bitmap) {
            params.sel = &selector;
        }
        graph->search(1, query, (faiss::idx_t)k, out, labels, &params);
        if (graph->metric_type == faiss::METRIC_INNER_PRODUCT) {
            for (size_t i = 0; i < k; i++) {
                out[i] = -out[i];
            }
        }
    });
}

int fathom_graph_write(
        const faiss::IndexHNSWFlat* graph, const char* path, char* error, size_t error_bytes) {
    return guarded(error, error_bytes, [&] { faiss::write_index(graph, path); });
}

// A mapped graph can be searched but not added to.
int fathom_graph_read(
        const char* path, int mapped, faiss::IndexHNSWFlat** out, char* error, size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        std::unique_ptr<faiss::Index> index(
                faiss::read_index(path, mapped ? faiss::IO_FLAG_MMAP_IFC : 0));
        auto graph = dynamic_cast<faiss::IndexHNSWFlat*>(index.get());
        FAISS_THROW_IF_NOT_MSG(graph, "not an HNSW graph over flat vectors");
        FAISS_THROW_IF_NOT_MSG(
                dynamic_cast<faiss::IndexFlat*>(graph->storage), "its vectors are not flat");
        FAISS_THROW_IF_NOT_MSG(
                graph->storage->ntotal == graph->ntotal && graph->storage->d == graph->d,
                "graph and vectors differ in size");
        index.release();
        *out = graph;
    });
}

void fathom_graph_free(faiss::IndexHNSWFlat* graph) {
    delete graph;
}

size_t fathom_graph_len(const faiss::IndexHNSWFlat* graph) {
    return (size_t)graph->ntotal;
}

size_t fathom_graph_dim(const faiss::IndexHNSWFlat* graph) {
    return (size_t)graph->d;
}

int fathom_graph_metric(const faiss::IndexHNSWFlat* graph) {
    return metric_of(graph);
}

// Exact distances of `n` of the graph's vectors: those of `ids`, or the first `n` if it is null.
void fathom_graph_distances(
        const faiss::IndexHNSWFlat* graph, const float* query, const uint32_t* ids, size_t n,
        float* out) {
    distances_by(metric_of(graph), query, vectors(graph), (size_t)graph->d, ids, n, out);
}

// Copies the vectors `first .. first + n`.
void fathom_graph_copy(const faiss::IndexHNSWFlat* graph, size_t first, size_t n, float* out) {
    size_t dim = (size_t)graph->d;
    std::memcpy(out, vectors(graph) + first * dim, n * dim * sizeof(float));
}

// Exact distances of the `n` packed vectors at `base`.
void fathom_distances(
        int metric, const float* query, const float* base, size_t dim, size_t n, float* out) {
    distances_by(metric, query, base, dim, nullptr, n, out);
}

// OpenMP threads of what the calling thread starts.
void fathom_threads(int n) {
    omp_set_num_threads(n);
}

} // extern "C"
