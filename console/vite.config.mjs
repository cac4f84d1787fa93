// SPDX-License-Identifier: Apache-2.0
//
// How Vite makes the console: for browsers since 2022, one file for each page, everything from our own host. Nothing is
// inlined as data, so that the policy of the pages needs no exception; the nonce is filled in with each answer.
//
// `npx vite` in this folder serves the sources with reloading; WEIR=http://127.0.0.1:8081 says where the engine is.

export default {
    appType: 'spa',
    clearScreen: false,
    html: {cspNonce: 'weir-nonce'},
    esbuild: {jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none'},
    build: {
        target: 'es2022',
        assetsInlineLimit: 0,
        modulePreload: {polyfill: false},
        reportCompressedSize: false,
        rollupOptions: {
            output: {
                entryFileNames: 'assets/[name]-[hash].js',
                chunkFileNames: 'assets/[name]-[hash].js',
                assetFileNames: 'assets/[name]-[hash][extname]',
            },
        },
    },
    server: {proxy: {'/api': process.env.WEIR ?? 'http://127.0.0.1:8081'}},
};
